import { keySourceOf } from '@cambio/contracts'
import { aKeySet, anIdp, feedEntry, FIXED_NOW_SECONDS, IDS, keyA, testKey } from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../testing/exchange-world.js'
import { KeySetsProjection } from './key-sets.projection.js'

const DAY_SECONDS = 86_400

describe('the keys of identity providers', () => {
  let keySets: KeySetsProjection
  beforeEach(() => {
    keySets = new KeySetsProjection()
    keySets.apply(feedEntry('key-sets', aKeySet()))
  })
  const registered = (overrides: Parameters<typeof anIdp>[0] = {}) => ({
    org: IDS.organization as string,
    id: IDS.identityProvider as string,
    value: anIdp(overrides),
  })
  const at = (seconds: number, jwksMaxStaleSeconds = DAY_SECONDS) =>
    keySets.viewOf(registered({ jwksMaxStaleSeconds }), FIXED_NOW_SECONDS + seconds)
  const kidsAt = (seconds: number) => at(seconds).keys?.keys.map(({ kid }) => kid)

  it('are fresh as long as the set says, then stale, then too old (JW-04)', () => {
    const ages = [0, 300, 301, 300 + DAY_SECONDS, 301 + DAY_SECONDS]
    expect(ages.map((age) => at(age).freshness)).toEqual(['fresh', 'fresh', 'stale', 'stale', 'expired'])
  })

  it('are too old at once where the registration fails closed', () => {
    expect([at(300, 0).freshness, at(301, 0).freshness]).toEqual(['fresh', 'expired'])
  })

  it('are fresh for ever when they were given inline', () => {
    keySets.apply(feedEntry('key-sets', aKeySet({ source: 'inline' }), { rev: 2 }))
    expect(at(10 * DAY_SECONDS, 0).freshness).toBe('fresh')
  })

  it('are unknown to another organization, and before a set came', () => {
    const none = { keys: undefined, freshness: 'expired' }
    expect(keySets.viewOf({ ...registered(), org: MORE_IDS.organizationT2 }, FIXED_NOW_SECONDS)).toEqual(none)
    expect(keySets.viewOf({ ...registered(), id: MORE_IDS.identityProviderB }, FIXED_NOW_SECONDS)).toEqual(none)
  })

  it.each(['uri', 'inline'] as const)('are none of a registration that trusts another source than they came from (%s)', (source) => {
    const keySource = keySourceOf({ issuer: 'https://moved.test', jwksUri: 'https://moved.test/jwks' })
    const none = { keys: undefined, freshness: 'expired' }
    keySets.apply(feedEntry('key-sets', aKeySet({ source }), { rev: 2 }))
    expect(keySets.viewOf(registered({ keySource }), FIXED_NOW_SECONDS)).toEqual(none)
    keySets.apply(feedEntry('key-sets', aKeySet({ source, keySource }), { rev: 3 }))
    expect(at(0)).toEqual(none)
    expect(keySets.viewOf(registered({ keySource }), FIXED_NOW_SECONDS)).toMatchObject({
      keys: { keys: [{ kid: 'a1' }] },
      freshness: 'fresh',
    })
  })

  it('are unknown while no refresh has confirmed them (JW-02)', () => {
    keySets.apply(feedEntry('key-sets', aKeySet({ verifiedAt: null, keys: [], lastFailure: 'unreachable' }), { rev: 2 }))
    expect(at(0)).toEqual({ keys: undefined, freshness: 'expired' })
  })

  it('are those of the next revision alone: a key that it does not list stops at once', () => {
    keySets.apply(feedEntry('key-sets', aKeySet({}, [testKey('ES256', { name: 'a2' })]), { rev: 2 }))
    expect(kidsAt(0)).toEqual(['a2'])
  })

  it('leave out what must not verify, whatever the feed carries (ST-62)', () => {
    const weak = [
      testKey('RS256', { name: 'short', modulusLength: 1024 }).publicJwk,
      testKey('RS256', { name: 'a small exponent', publicExponent: 3 }).publicJwk,
      testKey('ES256', { name: 'private' }).privateJwk,
      { kty: 'oct', kid: 'symmetric', k: 'c2VjcmV0' },
    ]
    keySets.apply(feedEntry('key-sets', aKeySet({ keys: [...weak, keyA().publicJwk] }), { rev: 2 }))
    expect(kidsAt(0)).toEqual(['a1'])
    keySets.apply(feedEntry('key-sets', aKeySet({ keys: weak }), { rev: 3 }))
    expect(at(0).keys).toBeUndefined()
  })

  it('go with their identity provider', () => {
    keySets.apply(feedEntry('key-sets', null, { rev: 2 }))
    expect(at(0)).toEqual({ keys: undefined, freshness: 'expired' })
  })
})
