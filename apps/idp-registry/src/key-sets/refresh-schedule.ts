import { defaultFreshForSeconds, type KeySet } from './key-set.js'

/** Bounds of the time that a key set counts as current, whatever its provider says (docs/protocol.md, "Keys of an IdP"). */
const minTtlSeconds = 60
const maxTtlSeconds = 3600

/** Two attempts for one provider are never closer than this, whoever asks. */
export const minAttemptDistanceMs = 10_000

/** Two refreshes that an unknown `kid` caused are never closer than this: anybody can send tokens with invented ones. */
export const unknownKidDistanceMs = 30_000

const maxBackOffMs = 300_000

/** A refresh is due when this part of the time to live has passed; half the rest to either side is left to chance. */
const refreshAt = 0.8
const jitter = 0.1

/** What an answer says about its own age. */
export interface CachingHeaders {
  readonly cacheControl?: string
  readonly age?: string
}

/**
 * How long a fetched key set counts as current: `max-age` less `Age` (RFC 9111 §5.2.2.1), between 60 s and 1 h; 60 s for
 * `no-store` and `no-cache`, and 5 min when nothing is said.
 */
export function freshnessOf({ cacheControl, age }: CachingHeaders): number {
  if (cacheControl === undefined) return defaultFreshForSeconds
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
  if (directives.some((directive) => /^no-(?:store|cache)(?:=|$)/.test(directive))) return minTtlSeconds
  const maxAge = directives.map((directive) => /^max-age="?(\d{1,10})"?$/.exec(directive)?.[1]).find((text) => text !== undefined)
  if (maxAge === undefined) return defaultFreshForSeconds
  const passed = /^\d{1,10}$/.test(age ?? '') ? Number(age) : 0
  return Math.min(maxTtlSeconds, Math.max(minTtlSeconds, Number(maxAge) - passed))
}

/**
 * The distance from one attempt to the next planned one, in milliseconds: 80 % of the time to live ± 10 %, or after
 * failures 10 s, 20 s, 40 s … up to 5 min, + up to 20 %.
 *
 * @param random 0 to below 1; spreads providers and replicas
 */
export function nextAttemptDistanceMs(
  { freshForSeconds: ttl, consecutiveFailures }: Pick<KeySet, 'freshForSeconds' | 'consecutiveFailures'>,
  random: number,
): number {
  if (consecutiveFailures > 0) {
    const backOff = Math.min(maxBackOffMs, minAttemptDistanceMs * 2 ** Math.min(consecutiveFailures - 1, 10))
    return backOff * (1 + 0.2 * random)
  }
  return ttl * 1000 * (refreshAt - jitter + 2 * jitter * random)
}

/** A set without keys that has not failed: a purge or a change that was cut short left it. Its provider's tokens are refused meanwhile. */
export const isWanting = ({ keys, consecutiveFailures }: Pick<KeySet, 'keys' | 'consecutiveFailures'>): boolean =>
  keys.length === 0 && consecutiveFailures === 0

/**
 * How long a collector that has just started waits for a provider's first attempt. The time since the last one is known by
 * wall clocks only, so a time in the future counts as none, and nothing that is stored can postpone an attempt beyond the
 * planned distance (JW-23).
 */
export function firstAttemptDelayMs(keySet: KeySet, now: Date, random: number): number {
  if (keySet.attemptedAt === null) return 0
  const passed = now.getTime() - Date.parse(keySet.attemptedAt)
  if (passed < 0) return minAttemptDistanceMs * random
  if (isWanting(keySet)) return Math.max(0, minAttemptDistanceMs - passed)
  return Math.max(0, nextAttemptDistanceMs(keySet, random) - passed)
}

/** Who wants a refresh: the plan, an administrator, or a token service that met an unknown `kid`. */
export type RefreshCause = 'scheduled' | 'requested' | 'unknown_kid'

/**
 * How long an attempt has still to wait for the distance to those that any replica made, in milliseconds; 0 = it may be
 * made. These distances are between wall times, so a time in the future, after the clock went back, stands for none.
 */
export function remainingDistanceMs(keySet: Pick<KeySet, 'attemptedAt' | 'unknownKidAt'>, now: Date, cause: RefreshCause): number {
  const since = (time: string | null): number => (time === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(time))
  const rest = (passed: number, distanceMs: number): number => (passed < 0 ? 0 : Math.max(0, distanceMs - passed))
  const afterAny = rest(since(keySet.attemptedAt), minAttemptDistanceMs)
  return cause === 'unknown_kid' ? Math.max(afterAny, rest(since(keySet.unknownKidAt), unknownKidDistanceMs)) : afterAny
}
