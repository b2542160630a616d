import { keySetSchema, type KeySetValue } from '@cambio/contracts'
import { type VerificationKeys } from '@cambio/token-trust'
import { z } from 'zod'

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

/** Keys that were just fetched for the first time. */
export function collectedKeySet(keys: VerificationKeys, freshForSeconds: number, at: Date): KeySet {
  const time = at.toISOString()
  return {
    source: 'uri',
    keys: publicKeys(keys),
    verifiedAt: time,
    attemptedAt: time,
    lastFailure: null,
    freshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
}

/** Keys that an administrator gave; nothing confirms them again, so they are as good as on the first day. */
export function inlineKeySet(keys: VerificationKeys, at: Date): KeySet {
  return {
    source: 'inline',
    keys: publicKeys(keys),
    verifiedAt: at.toISOString(),
    attemptedAt: null,
    lastFailure: null,
    freshForSeconds: defaultFreshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
}

/** No keys, so that no token of the provider is taken: before a change of whom the keys belong to, and after a purge. */
export function emptyKeySet(source: KeySet['source']): KeySet {
  return {
    source,
    keys: [],
    verifiedAt: null,
    attemptedAt: null,
    lastFailure: null,
    freshForSeconds: defaultFreshForSeconds,
    consecutiveFailures: 0,
    unknownKidAt: null,
  }
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
export function publicKeySet({ source, keys, verifiedAt, freshForSeconds, attemptedAt, lastFailure }: KeySet): KeySetValue {
  return { source, keys, verifiedAt, freshForSeconds, attemptedAt, lastFailure }
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
