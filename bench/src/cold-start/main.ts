// `npm run bench:cold-start [-- --starts 9]`: from the making of a token service's process to its first granted exchange, while NATS,
// its database and both registries are away. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  environmentOf,
  freePort,
  natsCredentialsOf,
  serviceCommand,
  serviceEnvironment,
  StackFailure,
  stackSecrets,
  startStack,
  workspaceRoot,
} from '@cambio/local-stack'
import { loseDatabase } from '@cambio/testing'

import { prepareExchange } from '../exchange/prepare-exchange.js'
import { median } from '../load.js'
import { type MeasuredStart, measureStart } from './cold-start.bench.js'

/** As long as the run may take on a slow machine. */
const SUBJECT_TOKEN_SECONDS = 3_600

const AIM_MS = 2_000

const { values } = parseArgs({ options: { starts: { type: 'string', default: '9' } } })
const starts = Number(values.starts)
if (!Number.isSafeInteger(starts) || starts < 1) throw new TypeError('--starts must be a number from 1 on')

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dataDirectory = mkdtempSync(join(tmpdir(), 'cambio-cold-start-'))
try {
  const ports = {
    'token-service': await freePort(),
    'idp-registry': await freePort(),
    applications: await freePort(),
    nats: await freePort(),
  }
  const env = environmentOf(process.env)
  const stack = await startStack({ ports, dataDirectory, env, say })
  const { requests } = await prepareExchange(stack, SUBJECT_TOKEN_SECONDS).finally(async () => stack.stop())
  const [exchange] = requests
  if (exchange === undefined) throw new Error('there is nothing to send')
  loseDatabase(join(dataDirectory, 'token-service.db'))

  const secrets = stackSecrets(join(dataDirectory, 'secrets.json'), {})
  const natsEnv = { NATS_URL: `nats://127.0.0.1:${ports.nats}`, ...natsCredentialsOf('token-service', secrets.NATS_PASSWORD) }
  const command = serviceCommand(workspaceRoot(), 'token-service', serviceEnvironment({ ports, dataDirectory, secrets, natsEnv, env }))
  const url = `http://127.0.0.1:${ports['token-service']}`

  say(`Start of a token service with NATS, its database and the registries away, until its first granted exchange; ${starts} starts.`)
  say(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}; the process that asks runs on the same machine.\n`,
  )
  say('                                granted ms: median    least     most   first answer ms   CPU ms')
  const measured: MeasuredStart[] = []
  for (let index = 0; index < starts; index++) measured.push(await measureStart(command, url, exchange))
  say(row('token service', measured))
  const reached = median(measured.map(({ grantedMs }) => grantedMs))
  say(`\naim: at most ${AIM_MS} ms; ${reached <= AIM_MS ? 'reached' : 'missed'}`)
  process.exitCode = reached <= AIM_MS ? 0 : 1
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(dataDirectory, { recursive: true, force: true })
}

function row(name: string, measured: readonly MeasuredStart[]): string {
  const granted = measured.map(({ grantedMs }) => grantedMs)
  const cells: readonly (readonly [number, number])[] = [
    [median(granted), 22],
    [Math.min(...granted), 9],
    [Math.max(...granted), 9],
    [median(measured.map(({ firstAnswerMs }) => firstAnswerMs)), 18],
    [median(measured.map(({ cpuMs }) => cpuMs)), 9],
  ]
  return name.padEnd(28) + cells.map(([value, width]) => value.toFixed(0).padStart(width)).join('')
}
