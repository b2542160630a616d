import { aKeySet, feedEntry, FIXED_NOW_SECONDS, IDS, keyA, testKey } from '@cambio/testing'
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
  const at = (seconds: number, maxStaleSeconds = DAY_SECONDS) =>
    keySets.viewOf(IDS.organization, IDS.identityProvider, maxStaleSeconds, FIXED_NOW_SECONDS + seconds)
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
    expect(keySets.viewOf(MORE_IDS.organizationT2, IDS.identityProvider, DAY_SECONDS, FIXED_NOW_SECONDS)).toEqual(none)
    expect(keySets.viewOf(IDS.organization, MORE_IDS.identityProviderB, DAY_SECONDS, FIXED_NOW_SECONDS)).toEqual(none)
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
