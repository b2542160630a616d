import { type FetchFailure, type SafeFetcher } from '@cambio/safe-fetch'
import { acceptKeySet, type KeySetAcceptance } from '@cambio/token-trust'

import { freshnessOf } from './refresh-schedule.js'

/** Cap of a key set (docs/protocol.md, "Fetching an address that somebody typed"). */
const maxBytes = 256 * 1024

/** What came from an address of keys. Whether its keys may be used is told by `acceptance.verdict`. */
export type FetchedKeySet =
  | { readonly ok: true; readonly acceptance: KeySetAcceptance; readonly document: unknown; readonly freshForSeconds: number }
  | { readonly ok: false; readonly failure: FetchFailure }

/** Fetches a key set once and judges its members; never rejects for what the address does. */
export async function fetchKeySet(fetcher: SafeFetcher, jwksUri: string): Promise<FetchedKeySet> {
  const fetched = await fetcher.getJson(jwksUri, { maxBytes, accept: 'application/jwk-set+json, application/json' })
  if (!fetched.ok) return fetched
  const { document, headers } = fetched.value
  return { ok: true, acceptance: acceptKeySet(document), document, freshForSeconds: freshnessOf(headers) }
}
