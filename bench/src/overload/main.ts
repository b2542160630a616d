// `npm run bench:overload`: a token service at its capacity and at three times its capacity, by turns. Nothing else should run meanwhile.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentOf, freePort, StackFailure, startStack } from '@cambio/local-stack'

import { prepareExchange } from '../exchange/prepare-exchange.js'
import { median } from '../load.js'
import { keepApart } from './apart.js'
import { offerLoad, type OfferedResult } from './offered-load.js'

const SUBJECT_TOKEN_SECONDS = 3_600
const ROUNDS = 5
const SECONDS = 4
const WARM_UP_SECONDS = 4
/** As many clients as reach the capacity, and as many as offer three times of it. */
const CONNECTIONS = 32
const MANY_CONNECTIONS = 192
const FACTOR = 3
const AIM = 2

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dataDirectory = mkdtempSync(join(tmpdir(), 'cambio-overload-'))
try {
  const ports = {
    'token-service': await freePort(),
    'idp-registry': await freePort(),
    applications: await freePort(),
    nats: await freePort(),
  }
  const stack = await startStack({ ports, dataDirectory, env: environmentOf(process.env), say })
  try {
    const { requests } = await prepareExchange(stack, SUBJECT_TOKEN_SECONDS)
    const url = stack.urls['token-service']
    const isApart = keepApart(stack.pidOf('token-service') ?? 0)
    await offerLoad({ url, requests, connections: CONNECTIONS, seconds: WARM_UP_SECONDS })
    const atCapacity: OfferedResult[] = []
    const overloaded: OfferedResult[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const capacity = await offerLoad({ url, requests, connections: CONNECTIONS, seconds: SECONDS })
      atCapacity.push(capacity)
      const perSecond = capacity.grantedPerSecond * FACTOR
      overloaded.push(await offerLoad({ url, requests, connections: MANY_CONNECTIONS, seconds: SECONDS, perSecond }))
    }
    say(
      `Token exchange at its capacity (${CONNECTIONS} connections) and with ${FACTOR} times as many requests offered; medians of ${ROUNDS} rounds.`,
    )
    say(
      `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}; ${isApart ? 'the service and the load generator have a processor each.' : 'the load generator takes processor time from the service.'}\n`,
    )
    say('                 offered/s   granted/s   shed   granted p50 ms   granted p99 ms   shed p99 ms   failures')
    say(row('at capacity', atCapacity))
    say(row('overloaded', overloaded))
    const ratio = median(overloaded.map(({ grantedP99Ms }, index) => grantedP99Ms / (atCapacity[index]?.grantedP99Ms ?? Number.NaN)))
    say(`\ngranted p99 is ${ratio.toFixed(2)} times of what it is at capacity (aim: below ${AIM})`)
    const failures = [...atCapacity, ...overloaded].reduce((total, result) => total + result.failures, 0)
    process.exitCode = ratio < AIM && failures === 0 ? 0 : 1
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

function row(name: string, rounds: readonly OfferedResult[]): string {
  const of = (read: (result: OfferedResult) => number): number => median(rounds.map(read))
  const cells = [
    of((result) => result.offeredPerSecond)
      .toFixed(0)
      .padStart(12),
    of((result) => result.grantedPerSecond)
      .toFixed(0)
      .padStart(12),
    `${(of((result) => result.shedShare) * 100).toFixed(0)} %`.padStart(7),
    of((result) => result.grantedP50Ms)
      .toFixed(1)
      .padStart(17),
    of((result) => result.grantedP99Ms)
      .toFixed(1)
      .padStart(17),
    of((result) => result.shedP99Ms)
      .toFixed(1)
      .padStart(14),
    String(rounds.reduce((total, result) => total + result.failures, 0)).padStart(11),
  ]
  return name.padEnd(14) + cells.join('')
}
