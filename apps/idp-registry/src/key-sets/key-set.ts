import { keySetSchema, type KeySetValue } from '@cambio/contracts'
import { type VerificationKeys } from '@cambio/token-trust'
import { z } from 'zod'

import { type IdentityProvider } from '../identity-providers/identity-provider.js'

/**
 * The keys of one identity provider, under the provider's id. What other services see is `KeySetValue`; the members beyond
 * it are for the collection alone.
 */
export const keySetDocumentSchema = keySetSchema.extend({
  /** Attempts that failed since the last one that succeeded. */
  consecutiveFailures: z.int(),
  /** When an unknown `kid` last caused an attempt; null = never. */
  unknownKidAt: z.iso.datetime().nullable(),
})

export type KeySet = z.infer<typeof keySetDocumentSchema>

/** When a provider states no lifetime (docs/protocol.md, "Keys of an IdP"). */
export const defaultFreshForSeconds = 300

const publicKeys = (keys: VerificationKeys): KeySet['keys'] => keys.toJwks().keys.map((jwk) => ({ ...jwk }))

/** What was known when keys came: the source that they were fetched or given for, and the time. */
interface Arrival {
  readonly keySource: string
  readonly at: Date
}

/** Keys that were just fetched for the first time. */
export function collectedKeySet(
  keys: VerificationKeys,
  { keySource, freshForSeconds, at }: Arrival & { readonly freshForSeconds: number },
): KeySet {
  const time = at.toISOString()
  return {
    source: 'uri',
    keySource,
    keys: publicKeys(keys),
    verifiedAt: time,
    attemptedAt: time,
    lastFailure: null,
    freshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
}

/** What a registration says about where its keys come from. */
type KeyHolder = Pick<IdentityProvider, 'jwksUri' | 'keySource'>

/** Keys that an administrator gave; nothing confirms them again, so they are as good as on the first day. */
export function inlineKeySet(keys: VerificationKeys, { keySource, at }: Arrival): KeySet {
  return {
    source: 'inline',
    keySource,
    keys: publicKeys(keys),
    verifiedAt: at.toISOString(),
    attemptedAt: null,
    lastFailure: null,
    freshForSeconds: defaultFreshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
}

/** No keys, until they are fetched or restored, so that no token of the provider is taken. */
export function emptyKeySet({ jwksUri, keySource }: KeyHolder): KeySet {
  return {
    source: jwksUri === undefined ? 'inline' : 'uri',
    keySource,
    keys: [],
    verifiedAt: null,
    attemptedAt: null,
    lastFailure: null,
    freshForSeconds: defaultFreshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
}

/**
 * The key set as the registration may use it: one that belongs to another source counts as empty, as readers take it.
 * Attempts still count, so that changes lift no limit on fetching.
 */
export function keySetFor(provider: KeyHolder, stored: KeySet): KeySet {
  if (stored.keySource === provider.keySource) return stored
  return { ...emptyKeySet(provider), attemptedAt: stored.attemptedAt, unknownKidAt: stored.unknownKidAt }
}

/** Drops the keys; attempts still count, or a purge would lift the limit on fetching. */
export function purged(keySet: KeySet): KeySet {
  return { ...keySet, keys: [], verifiedAt: null }
}

/** Marks that somebody is about to fetch: written before the fetch, so that every attempt counts, also one that dies. */
export function attempted(keySet: KeySet, at: Date, { unknownKid }: { unknownKid: boolean }): KeySet {
  return { ...keySet, attemptedAt: at.toISOString(), ...(unknownKid ? { unknownKidAt: at.toISOString() } : {}) }
}

/** The keys of a fetch that succeeded take the place of all the former ones: what is no longer listed is gone. */
export function refreshed(keySet: KeySet, keys: VerificationKeys, freshForSeconds: number, at: Date): KeySet {
  return { ...keySet, keys: publicKeys(keys), verifiedAt: at.toISOString(), lastFailure: null, freshForSeconds, consecutiveFailures: 0 }
}

/** A failed fetch: the last good keys stay. */
export function failedRefresh(keySet: KeySet, code: string): KeySet {
  return { ...keySet, lastFailure: code, consecutiveFailures: keySet.consecutiveFailures + 1 }
}

/** What others may see. */
export function publicKeySet({ source, keySource, keys, verifiedAt, freshForSeconds, attemptedAt, lastFailure }: KeySet): KeySetValue {
  return { source, keySource, keys, verifiedAt, freshForSeconds, attemptedAt, lastFailure }
}

/** Whether two sets list the same keys, in whatever order. */
export function hasSameKeys(one: Pick<KeySet, 'keys'>, other: Pick<KeySet, 'keys'>): boolean {
  const form = ({ keys }: Pick<KeySet, 'keys'>): string =>
    keys
      .map((key) => JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))))
      .sort()
      .join()
  return form(one) === form(other)
}
