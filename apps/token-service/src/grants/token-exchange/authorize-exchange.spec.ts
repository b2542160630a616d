import {
  aCredential,
  aKeySet,
  anApplication,
  anIdp,
  aSubjectToken,
  aSubscription,
  FIXED_NOW_SECONDS,
  IDS,
  ISSUER_B,
  keyB,
} from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { attempt, type Attempt, exchangeRequest } from '../../testing/exchange-attempt.js'
import { billing, ExchangeWorld, MORE_IDS } from '../../testing/exchange-world.js'
import { authorizeExchange } from './authorize-exchange.js'
import { exchangeSteps, NO_RECORDER } from './exchange-decision.js'

let world: ExchangeWorld
beforeEach(async () => {
  world = await ExchangeWorld.make()
})
afterEach(async () => world.end())

const actorToken = (claims: Readonly<Record<string, unknown>> = {}): string =>
  aSubjectToken({ issuer: ISSUER_B, key: keyB(), claims: { sub: 'service-1', ...claims } })

const passedUntil = (last: (typeof exchangeSteps)[number], reason: string): unknown => [
  ...exchangeSteps.slice(0, exchangeSteps.indexOf(last)).map((step) => [step, 'passed']),
  [last, reason],
]

describe('an exchange that may happen', () => {
  it('says who, for what, under which registration and for how long', async () => {
    const { decision } = await attempt(world, { token: aSubjectToken() })
    if (!decision.ok) throw new Error(decision.failure.reason)
    expect(decision.value).toMatchObject({
      client: { clientId: 'app1' },
      environment: 'production',
      subject: { issuer: { id: IDS.identityProvider }, token: { subject: 'alice', keyId: 'a1' } },
      lifetimeSeconds: 330,
    })
    expect(decision.value.access.targets.map(({ identifier }) => identifier)).toEqual(['urn:t1:orders'])
    expect(decision.value.access.scopes.map(({ name }) => name)).toEqual(['read', 'write'])
    expect(Object.keys(decision.value)).not.toEqual(expect.arrayContaining(['actor', 'act', 'ext']))
  })

  it('passes every step in the documented order', async () => {
    const { steps } = await attempt(world, { token: aSubjectToken() })
    expect(steps).toEqual(exchangeSteps.map((step) => [step, 'passed']))
  })

  it('takes tokens of two identity providers whose subjects have one name (ST-49)', async () => {
    const ofA = await attempt(world, { token: aSubjectToken() })
    const ofB = await attempt(world, { token: aSubjectToken({ issuer: ISSUER_B, key: keyB() }) })
    const subjects = [ofA, ofB].map(({ decision }) =>
      decision.ok ? [decision.value.subject.issuer.id, decision.value.subject.token.subject] : decision,
    )
    expect(subjects).toEqual([
      [IDS.identityProvider, 'alice'],
      [MORE_IDS.identityProviderB, 'alice'],
    ])
  })
})

/** Within the clock skew by a second. */
const nearlyOver = { iat: FIXED_NOW_SECONDS - 300, exp: FIXED_NOW_SECONDS - 29 }

/** Each spoils the step it is named after and no other. */
const spoilers: Readonly<Record<(typeof exchangeSteps)[number], (request: Attempt) => Attempt>> = {
  issuer: (request) => {
    world.feed('identity-providers', anIdp({ enabled: false, singleUse: true }))
    return request
  },
  subject_token: (request) => ({
    ...request,
    token: aSubjectToken({ claims: { jti: 'used', aud: 'another', ...nearlyOver } }),
  }),
  actor_token: (request) => ({ ...request, actor: actorToken() }),
  target: (request) => ({ ...request, targets: ['urn:t1:billing'] }),
  scope: (request) => ({ ...request, targets: ['urn:t1:orders'], scopes: ['delete'] }),
  lifetime: (request) => {
    world.clock.advanceMs(500)
    return { ...request, token: aSubjectToken({ claims: { jti: 'used', ...nearlyOver } }) }
  },
  single_use: (request) => request,
}

const reasons = {
  issuer: ['invalid_request', 'idp.disabled'],
  subject_token: ['invalid_request', 'subject_token.audience_not_allowed'],
  actor_token: ['invalid_request', 'actor.not_allowed'],
  target: ['invalid_target', 'target.not_subscribed'],
  scope: ['invalid_scope', 'scope.undefined'],
  lifetime: ['invalid_request', 'lifetime.too_short'],
  single_use: ['invalid_request', 'subject_token.replayed'],
} as const

describe('the order of the steps', () => {
  it.each(exchangeSteps)('%s refuses before every step after it, and is recorded as the last', async (step) => {
    world.feed('identity-providers', anIdp({ singleUse: true }))
    let request: Attempt = { token: aSubjectToken({ claims: { jti: 'used' } }) }
    expect((await attempt(world, request)).refusal).toBe('passed')
    // All steps from the last back to this one are spoiled, so that only the order decides which refuses.
    for (const spoiled of exchangeSteps.slice(exchangeSteps.indexOf(step)).toReversed()) request = spoilers[spoiled](request)
    const { refusal, steps } = await attempt(world, request)
    expect(refusal).toEqual(reasons[step])
    expect(steps).toEqual(passedUntil(step, reasons[step][1]))
  })

  it('is the same whether somebody watches or not', async () => {
    const requests = [
      { token: aSubjectToken() },
      { token: 'nonsense' },
      { token: aSubjectToken(), targets: ['urn:t1:billing'] },
      { token: aSubjectToken(), scopes: ['x'] },
    ]
    for (const request of requests) {
      const watched = await attempt(world, request)
      expect(await authorizeExchange(exchangeRequest(world, request), world.ports, NO_RECORDER)).toEqual(watched.decision)
    }
  })

  it('shows a recorder names and times, and never the token', async () => {
    const seen: unknown[] = []
    const token = aSubjectToken({ claims: { scope: 'urn:t1:orders:read' } })
    await authorizeExchange(exchangeRequest(world, { token, targets: ['urn:t1:orders'], scopes: ['read'] }), world.ports, {
      record: (step, _outcome, values) => seen.push([step, values]),
    })
    expect(JSON.stringify(seen)).not.toContain(token.split('.')[2])
    expect(seen).toContainEqual(['target', { requested: ['urn:t1:orders'] }])
    expect(seen).toContainEqual(['scope', { requested: ['read'], subjectMayHave: ['urn:t1:orders:read', 'urn:t1:orders:write'] }])
  })
})

describe('the lifetime of what is issued', () => {
  const lifetime = async (request: Partial<Attempt> & { exp: number }): Promise<unknown> => {
    const { decision } = await attempt(world, {
      token: aSubjectToken({ claims: { iat: FIXED_NOW_SECONDS - 300, exp: FIXED_NOW_SECONDS + request.exp } }),
      ...request,
    })
    return decision.ok ? decision.value.lifetimeSeconds : [decision.failure.error, decision.failure.reason]
  }

  it('is the credential’s where the token lives longer', async () => {
    expect(await lifetime({ exp: 3_000 })).toBe(900)
  })

  it('ends with the subject token, clock skew included', async () => {
    expect(await lifetime({ exp: 100 })).toBe(130)
    world.feed('identity-providers', anIdp({ clockSkewSeconds: 0 }))
    expect(await lifetime({ exp: 100 })).toBe(100)
  })

  it('ends with the actor token where that ends first', async () => {
    world.feed(
      'applications',
      anApplication({
        credentials: [aCredential({ allowedActors: [{ identityProvider: MORE_IDS.identityProviderB, sub: 'service-1' }] })],
      }),
    )
    expect(await lifetime({ exp: 100, actor: actorToken({ exp: FIXED_NOW_SECONDS + 20 }) })).toBe(50)
  })

  it('may be a second with exp 29 s ago; 31 s ago the token has expired (ST-17)', async () => {
    expect(await lifetime({ exp: -29 })).toBe(1)
    expect(await lifetime({ exp: -31 })).toEqual(['invalid_request', 'subject_token.expired'])
    expect(await lifetime({ exp: -30 })).toEqual(['invalid_request', 'subject_token.expired'])
  })

  it('is never under a second', async () => {
    world.clock.advanceMs(1)
    expect(await lifetime({ exp: -29 })).toEqual(['invalid_request', 'lifetime.too_short'])
  })
})

describe('a token that may be used once', () => {
  beforeEach(() => {
    world.feed('identity-providers', anIdp({ singleUse: true }))
  })

  it('is exchanged once, of many at a time exactly one', async () => {
    const token = aSubjectToken()
    const outcomes = await Promise.all(Array.from({ length: 10 }, async () => attempt(world, { token })))
    expect(outcomes.filter(({ refusal }) => refusal === 'passed')).toHaveLength(1)
    expect(outcomes.map(({ refusal }) => refusal)).toContainEqual(['invalid_request', 'subject_token.replayed'])
  })

  it('is not used up by a request that is refused for another reason', async () => {
    const token = aSubjectToken()
    for (const request of [{ targets: ['urn:t1:billing'] }, { scopes: ['delete'] }, { actor: actorToken() }]) {
      expect((await attempt(world, { token, ...request })).refusal).not.toBe('passed')
    }
    expect((await attempt(world, { token })).refusal).toBe('passed')
  })

  it('must have an id', async () => {
    expect((await attempt(world, { token: aSubjectToken({ claims: { jti: undefined } }) })).refusal).toEqual([
      'invalid_request',
      'subject_token.jti_missing',
    ])
  })

  it('does not collide with an equal id of another provider', async () => {
    world.feed('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B, singleUse: true }), { id: MORE_IDS.identityProviderB })
    const claims = { jti: 'same' }
    expect((await attempt(world, { token: aSubjectToken({ claims }) })).refusal).toBe('passed')
    expect((await attempt(world, { token: aSubjectToken({ claims, issuer: ISSUER_B, key: keyB() }) })).refusal).toBe('passed')
  })

  it('may be an actor’s too', async () => {
    world.feed('identity-providers', anIdp())
    world.feed('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B, singleUse: true }), { id: MORE_IDS.identityProviderB })
    world.feed(
      'applications',
      anApplication({
        credentials: [aCredential({ allowedActors: [{ identityProvider: MORE_IDS.identityProviderB, sub: 'service-1' }] })],
      }),
    )
    const actor = actorToken()
    expect((await attempt(world, { token: aSubjectToken(), actor })).refusal).toBe('passed')
    expect((await attempt(world, { token: aSubjectToken(), actor })).refusal).toEqual(['invalid_request', 'actor_token.replayed'])
  })

  it('is refused with 503 while nobody can say whether it was used', async () => {
    await world.store.close()
    expect((await attempt(world, { token: aSubjectToken() })).refusal).toEqual(['temporarily_unavailable', 'single_use.unavailable'])
  })

  it('asks the store of nobody else: without single use an exchange reads memory only', async () => {
    world.feed('identity-providers', anIdp())
    await world.store.close()
    expect((await attempt(world, { token: aSubjectToken() })).refusal).toBe('passed')
  })
})

describe('the scopes of an exchange', () => {
  const granted = async (request: Partial<Attempt> = {}): Promise<unknown> => {
    const { decision } = await attempt(world, { token: aSubjectToken(), ...request })
    return decision.ok ? decision.value.access.scopes.map(({ fullyQualifiedName }) => fullyQualifiedName) : decision.failure.reason
  }

  it('are none by default: a subject to whom nothing is mapped gets a token without scopes', async () => {
    world.feed('identity-providers', anIdp({ scopeMappings: [] }))
    expect(await granted()).toEqual([])
    expect(await granted({ scopes: ['read'] })).toBe('scope.none_granted')
  })

  it('come from a scope that the token carries, from a role, and from qualified names', async () => {
    world.feed(
      'identity-providers',
      anIdp({
        claims: { roles: 'groups' },
        scopeMappings: [
          { from: 'scope', value: 'reader', scopes: ['urn:t1:orders:read'] },
          { from: 'role', value: 'writers', scopes: ['urn:t1:orders:write'] },
        ],
      }),
    )
    expect(await granted({ token: aSubjectToken({ claims: { scope: 'openid reader' } }) })).toEqual(['urn:t1:orders:read'])
    expect(await granted({ token: aSubjectToken({ claims: { groups: ['writers'] } }) })).toEqual(['urn:t1:orders:write'])
    expect(await granted({ token: aSubjectToken({ claims: { scope: 'urn:t1:orders:write' } }) })).toEqual(['urn:t1:orders:write'])
    expect(await granted({ token: aSubjectToken({ claims: { scope: 'read write' } }) })).toEqual([])
  })

  it('never exceed what the target APIs define, whatever the token carries', async () => {
    world.feed(
      'identity-providers',
      anIdp({ scopeMappings: [{ from: 'any', scopes: ['urn:t1:billing:pay', 'urn:t2:orders:read', 'orders:*'] }] }),
    )
    expect(await granted({ token: aSubjectToken({ claims: { scope: 'urn:cambio:admin urn:t1:billing:read orgs:write' } }) })).toEqual([])
  })

  it('belong to the APIs that the request names', async () => {
    world.feed('identity-providers', anIdp({ scopeMappings: [{ from: 'any', scopes: ['urn:t1:orders:read', 'urn:t1:billing:pay'] }] }))
    world.feed('apis', billing(), { id: MORE_IDS.billing })
    world.feed('applications', anApplication({ subscriptions: [aSubscription(), aSubscription({ api: MORE_IDS.billing })] }))
    expect(await granted({ targets: ['urn:t1:billing'] })).toEqual(['urn:t1:billing:pay'])
    expect(await granted()).toEqual(['urn:t1:orders:read', 'urn:t1:billing:pay'])
  })
})

describe('keys that cannot decide', () => {
  it('are no verdict on the token: 503 while no key set has come (JW-02)', async () => {
    world.feed('key-sets', aKeySet({ verifiedAt: null, keys: [] }))
    expect((await attempt(world, { token: aSubjectToken() })).refusal).toEqual(['temporarily_unavailable', 'key.set_unavailable'])
  })

  it('are no verdict on the token: 503 when they are older than the registration takes (JW-04)', async () => {
    world.feed('identity-providers', anIdp({ jwksMaxStaleSeconds: 600 }))
    world.feed('key-sets', aKeySet({ verifiedAt: new Date((FIXED_NOW_SECONDS - 901) * 1_000).toISOString() }))
    expect((await attempt(world, { token: aSubjectToken() })).refusal).toEqual(['temporarily_unavailable', 'key.set_too_old'])
  })
})
