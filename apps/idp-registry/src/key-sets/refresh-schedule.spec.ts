import { anIdp, keyA } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { emptyKeySet, type KeySet } from './key-set.js'
import { firstAttemptDelayMs, freshnessOf, nextAttemptDistanceMs, remainingDistanceMs } from './refresh-schedule.js'

const now = new Date('2026-11-01T10:00:00.000Z')
const before = (ms: number): string => new Date(now.getTime() - ms).toISOString()
const keys = [keyA().publicJwk]
const keySet = (more: Partial<KeySet>): KeySet => ({ ...emptyKeySet(anIdp()), ...more })

describe('how long a key set counts as current', () => {
  it.each([
    [undefined, 300],
    ['public', 300],
    ['max-age=600', 600],
    ['public, MAX-AGE="600"', 600],
    ['max-age=0', 60],
    ['no-cache', 60],
    ['no-store, max-age=600', 60],
    ['max-age=31536000', 3600],
    ['max-age=-1', 300],
    ['max-age=99999999999', 300],
    ['x-max-age=7200', 300],
  ])('Cache-Control %s gives %i s (JW-20)', (cacheControl, seconds) => {
    expect(freshnessOf(cacheControl === undefined ? {} : { cacheControl })).toBe(seconds)
  })

  it('counts the time that the answer has spent in caches (RFC 9111 §5.1)', () => {
    expect(freshnessOf({ cacheControl: 'max-age=600', age: '200' })).toBe(400)
    expect(freshnessOf({ cacheControl: 'max-age=600', age: '9999' })).toBe(60)
    expect(freshnessOf({ cacheControl: 'max-age=600', age: 'x' })).toBe(600)
  })
})

describe('the next attempt', () => {
  it('comes at 80 % of the time to live, give or take a tenth (JW-19)', () => {
    const good = { freshForSeconds: 300, consecutiveFailures: 0 }
    expect([0, 0.5, 0.999].map((random) => Math.round(nextAttemptDistanceMs(good, random) / 1000))).toEqual([210, 240, 270])
  })

  it('backs off from 10 s to 5 min while it fails (JW-05)', () => {
    const after = (consecutiveFailures: number): number => nextAttemptDistanceMs({ freshForSeconds: 60, consecutiveFailures }, 0) / 1000
    expect([1, 2, 3, 4, 5, 6, 60].map(after)).toEqual([10, 20, 40, 80, 160, 300, 300])
    expect(nextAttemptDistanceMs({ freshForSeconds: 60, consecutiveFailures: 1 }, 0.999)).toBeLessThan(12_000)
  })

  it('of a collector that starts comes when the last one would have led to it', () => {
    expect(firstAttemptDelayMs(keySet({}), now, 0.5)).toBe(0)
    expect(firstAttemptDelayMs(keySet({ keys, attemptedAt: before(100_000) }), now, 0.5)).toBe(140_000)
    expect(firstAttemptDelayMs(keySet({ keys, attemptedAt: before(9_000_000) }), now, 0.5)).toBe(0)
    // Without keys nobody is served: as soon as the distance allows, unless the address fails.
    expect(firstAttemptDelayMs(keySet({ attemptedAt: before(4_000) }), now, 0.5)).toBe(6_000)
    expect(firstAttemptDelayMs(keySet({ attemptedAt: before(4_000), consecutiveFailures: 5 }), now, 0)).toBe(156_000)
  })

  it('is not put off by a clock that went back (JW-23)', () => {
    expect(firstAttemptDelayMs(keySet({ attemptedAt: before(-3_600_000) }), now, 0.5)).toBeLessThanOrEqual(10_000)
    expect(remainingDistanceMs(keySet({ attemptedAt: before(-3_600_000) }), now, 'requested')).toBe(0)
  })
})

describe('the distance to attempts of other replicas', () => {
  it('is 10 s to any, and 30 s between those that an unknown kid causes', () => {
    const attempted = { attemptedAt: before(4_000), unknownKidAt: before(4_000) }
    expect(remainingDistanceMs(attempted, now, 'scheduled')).toBe(6_000)
    expect(remainingDistanceMs(attempted, now, 'requested')).toBe(6_000)
    expect(remainingDistanceMs(attempted, now, 'unknown_kid')).toBe(26_000)
    expect(remainingDistanceMs({ attemptedAt: before(4_000), unknownKidAt: null }, now, 'unknown_kid')).toBe(6_000)
    expect(remainingDistanceMs({ attemptedAt: null, unknownKidAt: null }, now, 'unknown_kid')).toBe(0)
  })
})
