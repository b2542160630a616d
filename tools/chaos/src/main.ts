// `npm run chaos`: two replicas of every service under load, on one nats-server and on a cluster, while everything is
// killed, frozen and wiped. Ends with status 0 only if nothing was lost, invented or failed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findNatsServer, natsServerVersion, onInterrupt, StackFailure, workspaceRoot } from '@cambio/local-stack'

import { chaosRun } from './chaos-run.js'
import { chaosOptions, type ChaosOptions, USAGE } from './chaos.options.js'
import { coldStartOrders, coldStarts } from './cold-starts.js'
import { endurance } from './endurance/endurance.js'
import { assertHasMarkers, withResult } from './report/reliability-page.js'
import { type BinaryResult, findingsOf, summaryOf } from './report/summary.js'

const reportFile = join(workspaceRoot(), 'docs', 'reliability.md')

const say = (line: string): void => void process.stdout.write(`${line}\n`)

// What runs ends with this process, by the reaper of each stack.
const end = (): void => process.exit(130)
onInterrupt(end, end)

try {
  const options = chaosOptions(process.argv.slice(2))
  if (options.report) assertHasMarkers(readFileSync(reportFile, 'utf8'))
  let failed = false
  for (const binary of await binariesOf(options)) {
    const result = await runAll(binary, options)
    for (const line of summaryOf(result)) say(line)
    if (options.report) writeReport(result)
    failed ||= findingsOf(result).length > 0
  }
  process.exitCode = failed ? 1 : 0
} catch (error) {
  if (!(error instanceof StackFailure) && !(error instanceof TypeError)) throw error
  process.stderr.write(`${error.message}\n${error instanceof TypeError ? `${USAGE}\n` : ''}`)
  process.exitCode = 1
}

async function binariesOf({ binaries }: ChaosOptions): Promise<readonly string[]> {
  if (binaries.length > 0) return binaries
  const found = await findNatsServer({ env: process.env, cacheDir: join(workspaceRoot(), '.cache'), log: say })
  if (!found.ok) throw new StackFailure(found.problem)
  return [found.binary]
}

async function runAll(binary: string, options: ChaosOptions): Promise<BinaryResult> {
  const version = await natsServerVersion(binary)
  if (version === null) throw new StackFailure(`${binary} is no nats-server that runs on this machine.`)
  const runs: BinaryResult['runs'][number][] = []
  for (const topology of options.topologies) {
    say(`\nnats-server ${version}, ${topology}: ${options.changes} changes, ${options.faults} faults, seed ${options.seed}`)
    runs.push({ topology, ...(await chaosRun({ ...options, topology, binary, say })) })
  }
  const orders = coldStartOrders().slice(0, options.coldStarts)
  const started = orders.length === 0 ? undefined : await coldStarts(binary, orders, say)
  const { seed, keep, endurance: lengths } = options
  if (lengths === undefined) return { version, seed, runs, coldStarts: started, endurance: undefined }
  say(`\nnats-server ${version}, endurance, seed ${seed}`)
  return { version, seed, runs, coldStarts: started, endurance: await endurance({ ...lengths, seed, keep, binary, say }) }
}

function writeReport(result: BinaryResult): void {
  writeFileSync(reportFile, withResult(readFileSync(reportFile, 'utf8'), result, new Date()))
  say(`written into ${reportFile}`)
}
