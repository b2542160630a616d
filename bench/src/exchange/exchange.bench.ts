import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type RunningStack, Supervisor } from '@cambio/local-stack'

import { load, type LoadRequest, type LoadResult, median } from '../load.js'
import { BENCH_AUDIENCE, BENCH_ISSUER, prepareExchange, providerKey } from './prepare-exchange.js'

const CONNECTIONS = 16
const ROUNDS = 5
const SECONDS = 4
const WARM_UP_SECONDS = 3

/** One server's rounds, summed up by their medians. */
export interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failures: number
  readonly rssMiB: number
}

export interface ExchangeBench {
  readonly floor: Measured
  readonly exchange: Measured
  /** Throughput of the exchange over that of the floor: the median of the rounds' ratios. */
  readonly ratio: number
  /** From the start of a token service on existing data until it is ready. */
  readonly startSeconds: number
}

/** Exchange and floor by turns under the same load: what disturbs the machine disturbs both. */
export async function benchExchange(stack: RunningStack): Promise<ExchangeBench> {
  const { requests } = await prepareExchange(stack)
  const floor = await startFloor(stack)
  try {
    const url = stack.urls['token-service']
    await load(floor.url, requests, CONNECTIONS, WARM_UP_SECONDS)
    await load(url, requests, CONNECTIONS, WARM_UP_SECONDS)
    const floorRounds: LoadResult[] = []
    const exchangeRounds: LoadResult[] = []
    for (let round = 0; round < ROUNDS; round++) {
      floorRounds.push(await load(floor.url, requests, CONNECTIONS, SECONDS))
      exchangeRounds.push(await load(url, requests, CONNECTIONS, SECONDS))
    }
    const measured = {
      floor: sum(floorRounds, floor.pid),
      exchange: sum(exchangeRounds, stack.pidOf('token-service')),
      ratio: median(exchangeRounds.map((result, index) => result.perSecond / (floorRounds[index]?.perSecond ?? Number.NaN))),
    }
    return { ...measured, startSeconds: await startTime(stack, requests) }
  } finally {
    await floor.stop()
  }
}

async function startFloor(stack: RunningStack) {
  const port = await freePort()
  const supervisor = new Supervisor(stack.logDirectory, (end) => {
    throw new Error(`the floor's server ended: ${end.lastLines}`)
  })
  const settings = { port, publicJwk: providerKey.publicJwk, issuer: BENCH_ISSUER, audience: BENCH_AUDIENCE }
  const child = await supervisor.start({
    name: 'floor',
    command: process.execPath,
    arguments: [join(import.meta.dirname, 'floor-server.js'), JSON.stringify(settings)],
    env: {},
    workingDirectory: process.cwd(),
  })
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await fetch(url, { method: 'POST' }).then(
        () => true,
        () => false,
      )
    )
      break
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return { url, pid: child.pid, stop: () => supervisor.stopAll() }
}

async function startTime(stack: RunningStack, [request]: readonly LoadRequest[]): Promise<number> {
  if (request === undefined) throw new Error('there is nothing to send')
  const before = performance.now()
  await stack.restart('token-service')
  const seconds = (performance.now() - before) / 1000
  const answer = await fetch(stack.urls['token-service'] + request.path, {
    method: 'POST',
    headers: { ...request.headers },
    body: request.body,
  })
  if (!answer.ok) throw new Error(`after its start the token service answered ${answer.status}`)
  return seconds
}

function sum(rounds: readonly LoadResult[], pid: number | undefined): Measured {
  return {
    perSecond: median(rounds.map((round) => round.perSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    failures: rounds.reduce((total, round) => total + round.failures, 0),
    rssMiB: pid === undefined ? Number.NaN : residentMiB(pid),
  }
}

function residentMiB(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}
