import { aCredential, anApplication, anIdp, aSubjectToken, IDS, ISSUER_A, ISSUER_B, keyB, testKey } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { exchangedSubject } from '../../issuing/access-token.js'
import { attempt, type Attempt } from '../../testing/exchange-attempt.js'
import { ExchangeWorld, MORE_IDS, OWN_ISSUER } from '../../testing/exchange-world.js'

const A = IDS.identityProvider
const B = MORE_IDS.identityProviderB

let world: ExchangeWorld
beforeEach(async () => {
  world = await ExchangeWorld.make()
})
afterEach(async () => world.end())

const ofB = (claims: Readonly<Record<string, unknown>> = {}): string =>
  aSubjectToken({ issuer: ISSUER_B, key: keyB(), claims: { sub: 'service-1', ...claims } })
const alice = (claims: Readonly<Record<string, unknown>>): string => aSubjectToken({ claims })

async function refused(request: Attempt): Promise<unknown> {
  return (await attempt(world, request)).refusal
}

async function actOf(request: Attempt): Promise<unknown> {
  const { decision } = await attempt(world, request)
  return decision.ok ? decision.value.act : decision.failure.reason
}

describe('an actor token', () => {
  const mayAct = { may_act: { iss: ISSUER_B, sub: 'service-1' } }

  it('that the subject token names gives a token in which the subject is unchanged (PO-13)', async () => {
    const { decision } = await attempt(world, { token: alice(mayAct), actor: ofB() })
    if (!decision.ok) throw new Error(decision.failure.reason)
    expect(decision.value.act).toEqual({ sub: exchangedSubject(B, 'service-1') })
    expect([decision.value.subject.issuer.id, decision.value.subject.token.subject]).toEqual([A, 'alice'])
    expect(decision.value.actor?.token.subject).toBe('service-1')
  })

  it.each([
    ['another sub', { may_act: { iss: ISSUER_B, sub: 'service-2' } }],
    ['another issuer', { may_act: { iss: ISSUER_A, sub: 'service-1' } }],
    ['no issuer, which means the subject’s own', { may_act: { sub: 'service-1' } }],
    ['a member that nobody compares', { may_act: { iss: ISSUER_B, sub: 'service-1', client_id: 'x' } }],
    ['no sub', { may_act: { iss: ISSUER_B } }],
    ['a text', { may_act: 'service-1' }],
    ['a list', { may_act: [{ iss: ISSUER_B, sub: 'service-1' }] }],
    ['null', { may_act: null }],
  ] satisfies [string, { may_act: unknown }][])('is refused when may_act names %s (PO-11)', async (_name, claims) => {
    world.feed(
      'applications',
      anApplication({ credentials: [aCredential({ allowedActors: [{ identityProvider: B, sub: 'service-1' }] })] }),
    )
    expect(await refused({ token: alice(claims), actor: ofB() })).toEqual(['invalid_request', 'actor.not_in_may_act'])
  })

  it('of the subject’s own provider needs no issuer in may_act', async () => {
    const actor = aSubjectToken({ claims: { sub: 'service-1' } })
    expect(await actOf({ token: alice({ may_act: { sub: 'service-1' } }), actor })).toEqual({ sub: exchangedSubject(A, 'service-1') })
  })

  it('without may_act is refused unless the credential lists provider and sub', async () => {
    const expected = ['invalid_request', 'actor.not_allowed']
    expect(await refused({ token: alice({}), actor: ofB() })).toEqual(expected)
    const listing = (identityProvider: typeof A, sub: string): void => {
      world.feed('applications', anApplication({ credentials: [aCredential({ allowedActors: [{ identityProvider, sub }] })] }))
    }
    listing(A, 'service-1')
    expect(await refused({ token: alice({}), actor: ofB() })).toEqual(expected)
    listing(B, 'service-2')
    expect(await refused({ token: alice({}), actor: ofB() })).toEqual(expected)
    listing(B, 'service-1')
    expect(await refused({ token: alice({}), actor: ofB() })).toBe('passed')
  })

  it('is never ignored: a bad one refuses an exchange that would pass without it', async () => {
    const token = alice(mayAct)
    expect(await refused({ token })).toBe('passed')
    const bad: readonly (readonly [string, string])[] = [
      ['nonsense', 'actor_token.bad_segments'],
      [ofB({ exp: 1 }), 'actor_token.expired'],
      [ofB({ aud: 'another' }), 'actor_token.audience_not_allowed'],
      [aSubjectToken({ issuer: 'https://unknown.test' }), 'idp.unknown_issuer'],
      [aSubjectToken({ issuer: OWN_ISSUER }), 'idp.own_issuer'],
      [aSubjectToken({ issuer: ISSUER_B, key: testKey('ES256', { name: 'stranger', kid: 'b1' }) }), 'actor_token.signature_invalid'],
    ]
    for (const [actor, reason] of bad) expect(await refused({ token, actor })).toEqual(['invalid_request', reason])
  })

  it('may come from any enabled provider of the organization, also one whose tokens the application may not exchange', async () => {
    world.feed('applications', anApplication({ identityProviders: [A] }))
    world.feed('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B, tokenMode: 'DIRECT' }), { id: B })
    expect(await refused({ token: alice(mayAct), actor: ofB() })).toBe('passed')
    world.feed('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B, enabled: false }), { id: B })
    expect(await refused({ token: alice(mayAct), actor: ofB() })).toEqual(['invalid_request', 'idp.disabled'])
  })

  it('must be of a type that its provider’s registration takes', async () => {
    expect(await refused({ token: alice(mayAct), actor: ofB(), actorType: 'id_token' })).toEqual([
      'invalid_request',
      'actor_token.type_not_accepted',
    ])
  })
})

describe('an actor that the subject token already has', () => {
  it('stays in the issued token, in the name space of its provider', async () => {
    expect(await actOf({ token: alice({ act: { sub: 'first', iss: ISSUER_B, extra: 1 } }) })).toEqual({
      sub: exchangedSubject(A, 'first'),
    })
  })

  it('nests inside the actor of this exchange', async () => {
    const token = alice({ may_act: { iss: ISSUER_B, sub: 'service-1' }, act: { sub: 'first', act: { sub: 'before' } } })
    expect(await actOf({ token, actor: ofB() })).toEqual({
      sub: exchangedSubject(B, 'service-1'),
      act: { sub: exchangedSubject(A, 'first'), act: { sub: exchangedSubject(A, 'before') } },
    })
  })

  it('nests at most four deep, the current one included', async () => {
    const act = { sub: '1', act: { sub: '2', act: { sub: '3', act: { sub: '4', act: { sub: '5' } } } } }
    const depth = (claim: unknown): number =>
      typeof claim === 'object' && claim !== null ? 1 + depth((claim as { act?: unknown }).act) : 0
    expect(depth(await actOf({ token: alice({ act }) }))).toBe(4)
    expect(depth(await actOf({ token: alice({ act, may_act: { iss: ISSUER_B, sub: 'service-1' } }), actor: ofB() }))).toBe(4)
  })

  it.each([
    ['a text', 'first'],
    ['a list', ['first']],
    ['no sub', { iss: ISSUER_B }],
    ['a sub that is no text', { sub: 1 }],
    ['an empty sub', { sub: '' }],
  ])('is left out when it is %s', async (_name, act) => {
    expect(await actOf({ token: alice({ act }) })).toBeUndefined()
  })
})
