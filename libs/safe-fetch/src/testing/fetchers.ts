import { createAddressPolicy } from '../address-policy.js'
import { parseFetchAllow } from '../fetch-allow.js'
import { type FetchFailureCode, publicTexts } from '../fetch-failure.js'
import { createSafeFetcher, type SafeFetcher, type SafeFetcherOptions } from '../safe-fetcher.js'

export interface TestFetcherOptions extends Omit<SafeFetcherOptions, 'policy'> {
  /** As `CAMBIO_FETCH_ALLOW`; default: the loopback address of the hostile server. */
  readonly allow?: string
  readonly ports?: readonly number[]
}

/** A fetcher with the real policy, transport and limits; only what a test needs to be quick is different. */
export function aFetcher({ allow = '127.0.0.1', ports, ...options }: TestFetcherOptions = {}): SafeFetcher {
  const parsed = parseFetchAllow(allow)
  if (!parsed.ok) throw new TypeError(parsed.failure.detail)
  return createSafeFetcher({ policy: createAddressPolicy({ allow: parsed.value, ...(ports === undefined ? {} : { ports }) }), ...options })
}

/** The whole failed result of a code, for `toEqual`. */
export function failure(code: FetchFailureCode, privateDetail: string): object {
  return { ok: false, failure: { code, publicText: publicTexts[code], privateDetail } }
}
