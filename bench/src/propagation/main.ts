// `npm run bench:propagation [-- --changes 200] [--report]`: how long a change takes to all of three token services, idle and under load.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { environmentOf, findNatsServer, freePort, StackFailure, startStack, workspaceRoot } from '@cambio/local-stack'

import { prepareExchange } from '../exchange/prepare-exchange.js'
import { benchPropagation } from './propagation.bench.js'
import { AIMS_MS, describeMachine, propagationReport, writeReport } from './report.js'
import { moreTokenServices } from './token-services.js'

/** As long as the run may take on a slow machine. */
const SUBJECT_TOKEN_SECONDS = 3_600

const { values } = parseArgs({ options: { changes: { type: 'string', default: '200' }, report: { type: 'boolean', default: false } } })
const changes = Number(values.changes)
if (!Number.isSafeInteger(changes) || changes < 1) throw new TypeError('--changes must be a number from 1 on')

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const env = environmentOf(process.env)
const dataDirectory = mkdtempSync(join(tmpdir(), 'cambio-propagation-'))
try {
  const nats = await findNatsServer({ env, cacheDir: join(workspaceRoot(), '.cache'), log: say })
  if (!nats.ok) throw new StackFailure(nats.problem)
  const ports = {
    'token-service': await freePort(),
    'idp-registry': await freePort(),
    applications: await freePort(),
    nats: await freePort(),
  }
  const stack = await startStack({ ports, dataDirectory, env, say, findNatsServer: () => Promise.resolve(nats) })
  try {
    const client = await prepareExchange(stack, SUBJECT_TOKEN_SECONDS)
    const tokenServices = await moreTokenServices(stack, ports, 2)
    try {
      const result = await benchPropagation(tokenServices.urls, client, changes)
      const report = propagationReport(result, describeMachine(nats.version))
      say(`\n${report}`)
      if (values.report) writeReport(join(workspaceRoot(), 'docs/performance.md'), report)
      const missed = result.idle.all.p99Ms > AIMS_MS.idle || result.loaded.all.p99Ms > AIMS_MS.loaded
      process.exitCode = missed || result.loaded.load?.failures !== 0 ? 1 : 0
    } finally {
      await tokenServices.stop()
    }
  } finally {
    await stack.stop()
  }
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(dataDirectory, { recursive: true, force: true })
}
