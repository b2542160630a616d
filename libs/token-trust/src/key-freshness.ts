import { type VerificationKeys } from './key-set.js'

/** How long ago a set was last confirmed, in the terms that a decision needs. */
export type KeyFreshness =
  /** Confirmed within its time to live: what it lacks does not exist. */
  | 'fresh'
  /** Its endpoint failed since: what it has still verifies, what it lacks may be new. */
  | 'stale'
  /** Older than the registration allows: verifies nothing. */
  | 'expired'

/** The keys of one identity provider as the caller has them now; `keys` undefined = none received yet. */
export interface KeySetView {
  readonly keys: VerificationKeys | undefined
  readonly freshness: KeyFreshness
}

/** Ages of a key set; seconds. */
export interface KeySetAges {
  /** When a refresh last confirmed the set; seconds since the epoch. */
  readonly verifiedAtSeconds: number
  readonly nowSeconds: number
  /** Within it the set counts as fresh. Refreshes run ahead of it, so passing it means that they fail. */
  readonly freshForSeconds: number
  /** How long the last good set serves while its endpoint fails; 0 = not at all. */
  readonly maxStaleSeconds: number
}

/** Judges the age of a key set (`docs/protocol.md`, "Keys of an IdP"). A time in the future (clocks differ) counts as fresh. */
export function keyFreshness(ages: KeySetAges): KeyFreshness {
  const age = ages.nowSeconds - ages.verifiedAtSeconds
  if (age <= ages.freshForSeconds) return 'fresh'
  return age <= ages.freshForSeconds + ages.maxStaleSeconds ? 'stale' : 'expired'
}
