import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@cambio/local-stack'
import { startNatsServer, type TestNatsServer } from '@cambio/testing'

import { Administrator } from './load/administrator.js'
import { call } from './load/http-call.js'
import { SeededRandom } from './random/seeded-random.js'
import { ChaosStack } from './stack/chaos-stack.js'
import { type ServiceReplica } from './stack/service-replica.js'
import { type Finding } from './verification/evidence.js'

/** What is started one after the other. */
type Starter = 'nats' | ChaosStack['replicas'][number]['service']

export interface ColdStarts {
  readonly orders: number
  /** From the start of the last process until all are ready. */
  readonly slowestMs: number
  readonly findings: readonly Finding[]
}

/** RS-07: whatever the order, everything is ready within this time. */
const READY_WITHIN_MS = 60_000

/** How long a process may take until it answers anything at all. */
const UP_WITHIN_MS = 30_000

/** Every order of NATS and the services, those first in which the most is missing at first. */
export function coldStartOrders(): readonly (readonly Starter[])[] {
  return permutations<Starter>(['token-service', 'idp-registry', 'applications', 'nats'])
}

/**
 * Starts the whole stack on an empty directory in each of these orders; each process is up before the next one starts.
 * Then everything has to become ready and let the administrator in.
 */
export async function coldStarts(
  binary: string,
  orders: readonly (readonly Starter[])[],
  say: (line: string) => void,
): Promise<ColdStarts> {
  const findings: Finding[] = []
  let slowestMs = 0
  for (const order of orders) {
    const result = await coldStart(binary, order)
    say(`cold start ${order.join(', ')}: ${typeof result === 'string' ? result : `ready after ${seconds(result)} s`}`)
    if (typeof result === 'string') findings.push({ code: 'not in time', detail: `cold start ${order.join(', ')}: ${result}` })
    else slowestMs = Math.max(slowestMs, result)
  }
  return { orders: orders.length, slowestMs, findings }
}

/** @returns after how many milliseconds all were ready, or what went wrong */
async function coldStart(binary: string, order: readonly Starter[]): Promise<number | string> {
  const directory = mkdtempSync(join(tmpdir(), 'cambio-cold-'))
  const port = await freePort()
  const stack = await ChaosStack.prepare(join(directory, 'data'), () => ({ NATS_URL: `nats://127.0.0.1:${port}` }), 1)
  let nats: TestNatsServer | undefined
  try {
    for (const starter of order) {
      if (starter === 'nats') nats = await startNatsServer({ binary, port, storeDir: join(directory, 'nats') })
      else for (const replica of stack.of(starter)) await up(replica)
    }
    const lastMs = performance.now()
    for (const replica of stack.replicas) {
      if ((await replica.untilReady(READY_WITHIN_MS)) === undefined) return `${replica.name} is not ready within 60 s`
    }
    const tookMs = performance.now() - lastMs
    if (stack.unexpectedEnds.length > 0) return stack.unexpectedEnds.join('; ')
    await new Administrator((service) => stack.of(service).map(({ url }) => url), stack.admin(), new SeededRandom('cold')).must(
      'applications',
      'GET',
      '/v1/orgs/default',
    )
    return tookMs
  } finally {
    await stack.stop()
    await nats?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function up(replica: ServiceReplica): Promise<void> {
  await replica.start()
  const deadline = performance.now() + UP_WITHIN_MS
  while ((await call(`${replica.url}/healthz`, {})).kind !== 'answered' && performance.now() < deadline) await delay(50)
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
