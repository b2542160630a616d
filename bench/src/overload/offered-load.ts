import autocannon from 'autocannon'

import { type LoadRequest } from '../load.js'

export interface OfferedLoad {
  readonly url: string
  readonly requests: readonly LoadRequest[]
  readonly connections: number
  readonly seconds: number
  /** Requests in a second, however slowly they are answered; absent: each connection sends its next one after an answer. */
  readonly perSecond?: number
}

export interface OfferedResult {
  readonly offeredPerSecond: number
  readonly grantedPerSecond: number
  /** Part of all answers that were 503. */
  readonly shedShare: number
  readonly grantedP50Ms: number
  readonly grantedP99Ms: number
  readonly shedP99Ms: number
  /** Answers other than 200 and 503, and connections that broke. */
  readonly failures: number
}

/** What comes of the moment in which all connections are made is not looked at: a burst, which is taken. */
const SETTLE_SECONDS = 1

/** Sends a load for a second more than is looked at, and tells those who were granted from those who were refused. */
export async function offerLoad({ url, requests, connections, seconds, perSecond }: OfferedLoad): Promise<OfferedResult> {
  const granted: number[] = []
  const shed: number[] = []
  let others = 0
  const beganAt = performance.now()
  const done = Promise.withResolvers<autocannon.Result>()
  const options: autocannon.Options = {
    url,
    connections,
    duration: seconds + SETTLE_SECONDS,
    ...(perSecond === undefined ? {} : { overallRate: Math.round(perSecond) }),
    requests: requests.map(({ path, headers, body }) => ({ method: 'POST', path, headers: { ...headers }, body })),
  }
  const instance = autocannon(options, (error: unknown, summary) => {
    if (error === null || error === undefined) done.resolve(summary)
    else done.reject(error)
  })
  instance.on('response', (_client, statusCode, _bytes, milliseconds) => {
    if (statusCode !== 200 && statusCode !== 503) others += 1
    else if (performance.now() - beganAt > SETTLE_SECONDS * 1_000) (statusCode === 200 ? granted : shed).push(milliseconds)
  })
  const result = await done.promise
  const answered = granted.length + shed.length
  const lookedAtSeconds = result.duration - SETTLE_SECONDS
  return {
    offeredPerSecond: answered / lookedAtSeconds,
    grantedPerSecond: granted.length / lookedAtSeconds,
    shedShare: shed.length / answered,
    grantedP50Ms: quantile(granted, 0.5),
    grantedP99Ms: quantile(granted, 0.99),
    shedP99Ms: quantile(shed, 0.99),
    failures: others + result.errors + result.timeouts,
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
