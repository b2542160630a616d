import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { type PreparedClient } from '../exchange/prepare-exchange.js'
import { type Distribution, distributionOf } from './distribution.js'
import { type LoadOrder, type LoadOutcome } from './load-order.js'
import { PolledClient } from './polled-client.js'

/** Connections to each token service while it is loaded: as many as in the benchmark of the exchange. */
const LOAD_CONNECTIONS = 16

const LOAD_WARM_UP_MS = 2_000

/** Between two changes, so that nothing of the one before is still under way. */
const PAUSE_MS = 50

/** Lifetimes that the changes give tokens: those of the two phases differ, and each from that of the change before. */
const FIRST_LIFETIME_SECONDS = { idle: 300, loaded: 600 } as const
const LIFETIMES = 300

/** What one phase measured: from the administrator's 2xx to the first changed answer. */
export interface Phase {
  readonly changes: number
  /** One for each token service. */
  readonly services: readonly Distribution[]
  /** From the 2xx until the last of all token services had answered changed. */
  readonly all: Distribution
  /** How long the administrator waited for the 2xx. */
  readonly write: Distribution
  /** Of all token services together, while the changes were made. */
  readonly load: LoadOutcome | undefined
}

export interface PropagationBench {
  readonly idle: Phase
  readonly loaded: Phase
}

/** Makes changes and watches each token service take them, idle and under a full exchange load. */
export async function benchPropagation(urls: readonly string[], client: PreparedClient, changes: number): Promise<PropagationBench> {
  const idle = await measure(urls, client, { changes, from: FIRST_LIFETIME_SECONDS.idle })
  const endLoad = await startLoad({ urls, requests: client.requests, connections: LOAD_CONNECTIONS })
  const loaded = await measure(urls, client, { changes, from: FIRST_LIFETIME_SECONDS.loaded })
  return { idle, loaded: { ...loaded, load: await endLoad() } }
}

async function measure(
  urls: readonly string[],
  { requests, keysUrl, adminToken }: PreparedClient,
  { changes, from }: { readonly changes: number; readonly from: number },
): Promise<Phase> {
  const [polled] = requests
  if (polled === undefined) throw new TypeError('there is nothing to ask')
  const clients = urls.map((url) => new PolledClient(url, polled))
  const delays: number[][] = urls.map(() => [])
  const slowest: number[] = []
  const writes: number[] = []
  try {
    for (let change = 0; change < changes; change++) {
      const lifetime = from + (change % LIFETIMES)
      const applied = clients.map((each) => each.until(lifetime))
      // A poll that fails while the administrator is answered is told below.
      for (const each of applied) each.catch(() => undefined)
      const sentAt = performance.now()
      await changeLifetime(keysUrl, adminToken, lifetime)
      const answeredAt = performance.now()
      writes.push(answeredAt - sentAt)
      // A replica may be faster than the answer to the administrator is.
      const measured = (await Promise.all(applied)).map((at) => Math.max(0, at - answeredAt))
      measured.forEach((ms, index) => delays[index]?.push(ms))
      slowest.push(Math.max(...measured))
      await delay(PAUSE_MS)
    }
  } finally {
    for (const each of clients) each.close()
  }
  return {
    changes,
    services: delays.map(distributionOf),
    all: distributionOf(slowest),
    write: distributionOf(writes),
    load: undefined,
  }
}

async function changeLifetime(keysUrl: string, adminToken: string, accessTokenLifetimeSeconds: number): Promise<void> {
  const response = await fetch(keysUrl, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ accessTokenLifetimeSeconds }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`a change was answered ${response.status}: ${text}`)
}

/** Starts the load and gives the function that ends it and tells what it did. */
async function startLoad(order: LoadOrder): Promise<() => Promise<LoadOutcome>> {
  const child = fork(join(import.meta.dirname, 'exchange-load.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  child.send(order)
  await delay(LOAD_WARM_UP_MS)
  return async () => {
    child.send('stop')
    const [outcome] = (await once(child, 'message')) as [LoadOutcome]
    return outcome
  }
}
