import { keySourceOf } from '@cambio/contracts'
import { aKeySet, anIdp, aSubjectToken, ISSUER_A, keyA } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { attempt } from '../../testing/exchange-attempt.js'
import { ExchangeWorld } from '../../testing/exchange-world.js'

let world: ExchangeWorld
beforeEach(async () => {
  world = await ExchangeWorld.make()
})
afterEach(async () => world.end())

const verdict = async (): Promise<unknown> => {
  const { decision, refusal } = await attempt(world, { token: aSubjectToken() })
  return decision.ok ? 'passed' : refusal
}

describe('a token whose signature would verify with the keys at hand', () => {
  const given = keySourceOf({ issuer: ISSUER_A, inlineKeys: [keyA().publicJwk] })
  const unavailable = ['temporarily_unavailable', 'key.set_unavailable']

  it('is neither taken nor rejected while they belong to a former source of the registration: 503', async () => {
    expect(await verdict()).toBe('passed')
    world.feed('identity-providers', anIdp({ keySource: given }))
    expect(await verdict()).toEqual(unavailable)
    world.feed('key-sets', aKeySet({ source: 'inline', keySource: given }))
    expect(await verdict()).toBe('passed')
  })

  it('is neither taken nor rejected while they belong to a later source than the registration that is known: 503', async () => {
    world.feed('key-sets', aKeySet({ source: 'inline', keySource: given }))
    expect(await verdict()).toEqual(unavailable)
    world.feed('identity-providers', anIdp({ keySource: given }))
    expect(await verdict()).toBe('passed')
  })
})
