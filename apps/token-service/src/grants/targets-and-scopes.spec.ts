import { type ApiStatus, type ApplicationValue, type CredentialValue, type SubscriptionValue } from '@cambio/contracts'
import { aCredential, anApi, anApplication, aSubscription, IDS } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { billing, ExchangeWorld, MORE_IDS } from '../testing/exchange-world.js'
import { decideScopes, scopeText, selectTargets } from './targets-and-scopes.js'

const ORDERS = 'urn:t1:orders'
const BILLING = 'urn:t1:billing'
const EVERYTHING = (): boolean => true

const toBilling = (overrides: Partial<SubscriptionValue> = {}): SubscriptionValue =>
  aSubscription({ id: 'sub_00000000000000000000000000000002', api: MORE_IDS.billing, ...overrides })

let world: ExchangeWorld
beforeEach(async () => {
  world = await ExchangeWorld.make()
})
afterEach(async () => world.end())

function application(overrides: Partial<ApplicationValue>): void {
  world.feed('applications', anApplication(overrides))
}

/** Identifiers of the APIs that were selected, or the reason of the refusal with its detail. */
function targets(names: readonly string[], scopes: readonly string[] = []): unknown {
  const selected = selectTargets(world.client(), { targets: names, scopes }, world.directory.apis)
  if (selected.ok) return selected.targets.map(({ identifier }) => identifier)
  const { error, reason, detail } = selected.failure
  return detail === undefined ? [error, reason] : [error, reason, detail]
}

/** Qualified names of the granted scopes, or the reason of the refusal. */
function scopes(of: readonly string[], requested: readonly string[], mayHave: (name: string) => boolean = EVERYTHING): unknown {
  const apis = of.map((identifier) => world.directory.apis.byIdentifier(IDS.organization, identifier)!)
  const decided = decideScopes(world.client(), apis, requested, mayHave)
  return decided.ok ? decided.scopes.map((scope) => scope.fullyQualifiedName) : [decided.failure.error, decided.failure.reason]
}

describe('targets that the request names', () => {
  it('are the subscribed APIs of these identifiers, in their order, each once', () => {
    application({ subscriptions: [aSubscription(), toBilling()] })
    expect(targets([BILLING, ORDERS, BILLING])).toEqual([BILLING, ORDERS])
  })

  it('are refused all together when one is not subscribed (PO-01, TE-13)', () => {
    expect(targets([BILLING])).toEqual(['invalid_target', 'target.not_subscribed', BILLING])
    expect(targets([ORDERS, BILLING])).toEqual(['invalid_target', 'target.not_subscribed', BILLING])
  })

  it.each(['BLOCKED', 'PENDING'] as const)('are refused while the subscription is %s (PO-08)', (status) => {
    application({ subscriptions: [aSubscription({ status })] })
    expect(targets([ORDERS])).toEqual(['invalid_target', 'target.subscription_inactive', ORDERS])
  })

  it.each([
    ['CREATED', ['invalid_target', 'target.not_published', ORDERS]],
    ['PUBLISHED', [ORDERS]],
    ['DEPRECATED', [ORDERS]],
    ['RETIRED', ['invalid_target', 'target.not_published', ORDERS]],
  ] as const)('of an API that is %s', (status: ApiStatus, expected) => {
    world.feed('apis', anApi({ status }))
    expect(targets([ORDERS])).toEqual(expected)
  })

  it.each(['urn:t1:Orders', 'urn:T1:orders', 'urn:t1:orders/', 'urn:t1:orders:read', 'urn:t1:order', 'urn:t1:', 'urn:'])(
    'are unknown when %j differs from every identifier in one character (PO-16)',
    (name) => {
      expect(targets([name])).toEqual(['invalid_target', 'target.unknown'])
    },
  )

  it.each(['orders', 'https://x/#f', 'urn:t1:orders#f', 'URN:t1:orders', ' urn:t1:orders', '/orders'])(
    'are malformed when %j cannot be an identifier (TE-23)',
    (name) => {
      expect(targets([name])).toEqual(['invalid_target', 'target.malformed'])
    },
  )

  it('are unknown when the API belongs to another organization, subscribed or not', () => {
    const foreign = anApi({ identifier: 'urn:t2:orders' })
    world.feed('apis', foreign, { org: MORE_IDS.organizationT2, id: MORE_IDS.billing })
    application({ subscriptions: [toBilling()] })
    expect(targets(['urn:t2:orders'])).toEqual(['invalid_target', 'target.unknown'])
  })

  it('are unknown when the API is deleted and the subscription dangles', () => {
    world.feed('apis', null)
    expect(targets([ORDERS])).toEqual(['invalid_target', 'target.unknown'])
  })

  it('are never the audience of administrators', () => {
    expect(targets(['urn:cambio:admin'])).toEqual(['invalid_target', 'target.unknown'])
  })
})

describe('targets that the request leaves out', () => {
  it('are all subscribed APIs when it asks for no scopes either', () => {
    application({ subscriptions: [aSubscription(), toBilling()] })
    expect(targets([])).toEqual([ORDERS, BILLING])
  })

  it('leave out what is blocked, pending, not published, retired, deleted or of another organization', () => {
    application({ subscriptions: [aSubscription(), toBilling({ status: 'PENDING' })] })
    expect(targets([])).toEqual([ORDERS])
    application({ subscriptions: [aSubscription({ status: 'BLOCKED' }), toBilling()] })
    expect(targets([])).toEqual([BILLING])
    application({ subscriptions: [aSubscription(), toBilling()] })
    for (const status of ['CREATED', 'RETIRED'] as const) {
      world.feed('apis', billing({ status }), { id: MORE_IDS.billing })
      expect(targets([])).toEqual([ORDERS])
    }
    world.feed('apis', null, { id: MORE_IDS.billing })
    expect(targets([])).toEqual([ORDERS])
    world.feed('apis', anApi({ identifier: 'urn:t2:orders' }), { org: MORE_IDS.organizationT2, id: MORE_IDS.billing })
    expect(targets([])).toEqual([ORDERS])
  })

  it('are refused when nothing is left', () => {
    application({ subscriptions: [] })
    expect(targets([])).toEqual(['invalid_target', 'target.none'])
    application({ subscriptions: [aSubscription({ status: 'BLOCKED' })] })
    expect(targets([], ['read'])).toEqual(['invalid_target', 'target.none'])
  })

  it('are the subscribed APIs that the scopes name, by short or by qualified name', () => {
    application({ subscriptions: [aSubscription(), toBilling()] })
    expect(targets([], ['write'])).toEqual([ORDERS])
    expect(targets([], ['pay', 'urn:t1:billing:read'])).toEqual([BILLING])
    expect(targets([], ['pay', 'urn:t1:orders:read'])).toEqual([BILLING, ORDERS])
  })

  it('are refused when a short name belongs to two of them', () => {
    application({ subscriptions: [aSubscription(), toBilling()] })
    expect(targets([], ['read'])).toEqual(['invalid_scope', 'scope.ambiguous'])
  })

  it('are refused when a scope belongs to none of them', () => {
    expect(targets([], ['delete'])).toEqual(['invalid_scope', 'scope.undefined'])
    expect(targets([], ['pay'])).toEqual(['invalid_scope', 'scope.undefined'])
    expect(targets([], ['urn:t1:billing:pay'])).toEqual(['invalid_scope', 'scope.undefined'])
  })
})

describe('granted scopes', () => {
  it('are what was requested, by short or by qualified name, each once', () => {
    expect(scopes([ORDERS], ['write', 'urn:t1:orders:write'])).toEqual(['urn:t1:orders:write'])
    expect(scopes([ORDERS], ['urn:t1:orders:read', 'write'])).toEqual(['urn:t1:orders:read', 'urn:t1:orders:write'])
  })

  it('are all that would be granted when nothing is requested', () => {
    expect(scopes([ORDERS], [])).toEqual(['urn:t1:orders:read', 'urn:t1:orders:write'])
    expect(scopes([ORDERS], [], (name) => name.endsWith(':read'))).toEqual(['urn:t1:orders:read'])
  })

  it('may be none when nothing is requested: a token for resources without scopes', () => {
    expect(scopes([ORDERS], [], () => false)).toEqual([])
    world.feed('apis', anApi({ scopes: [] }))
    expect(scopes([ORDERS], [])).toEqual([])
  })

  it('leave out what exists and the subject may not have', () => {
    expect(scopes([ORDERS], ['read', 'write'], (name) => name === 'urn:t1:orders:read')).toEqual(['urn:t1:orders:read'])
  })

  it('are refused when nothing of what was requested is granted', () => {
    expect(scopes([ORDERS], ['read', 'write'], () => false)).toEqual(['invalid_scope', 'scope.none_granted'])
  })

  it('are refused when a requested one is defined by no target', () => {
    for (const name of ['pay', 'Read', 'urn:t1:billing:pay', 'urn:t2:orders:read', 'constructor', '__proto__']) {
      expect(scopes([ORDERS], ['read', name])).toEqual(['invalid_scope', 'scope.undefined'])
    }
  })

  it('are refused when two targets define a short name, and granted by their qualified ones', () => {
    expect(scopes([ORDERS, BILLING], ['read'])).toEqual(['invalid_scope', 'scope.ambiguous'])
    expect(scopes([ORDERS, BILLING], ['urn:t1:billing:read', 'write'])).toEqual(['urn:t1:billing:read', 'urn:t1:orders:write'])
  })

  describe('and the credential’s allowedScopes', () => {
    const allowing = (allowedScopes: CredentialValue['allowedScopes']): void => {
      application({ credentials: [aCredential({ ...(allowedScopes !== undefined && { allowedScopes }) })] })
    }

    it('are limited to them, by short or by qualified name', () => {
      for (const allowed of ['read', 'urn:t1:orders:read']) {
        allowing([allowed])
        expect(scopes([ORDERS], [])).toEqual(['urn:t1:orders:read'])
        expect(scopes([ORDERS], ['read', 'write'])).toEqual(['urn:t1:orders:read'])
        expect(scopes([ORDERS], ['write'])).toEqual(['invalid_scope', 'scope.none_granted'])
      }
    })

    it('are none where the list is empty, and unlimited where it is absent', () => {
      allowing([])
      expect(scopes([ORDERS], [])).toEqual([])
      expect(scopes([ORDERS], ['read'])).toEqual(['invalid_scope', 'scope.none_granted'])
      allowing(undefined)
      expect(scopes([ORDERS], ['read'])).toEqual(['urn:t1:orders:read'])
    })

    it('never widen what the subject may have', () => {
      allowing(['read', 'write'])
      expect(scopes([ORDERS], [], (name) => name === 'urn:t1:orders:write')).toEqual(['urn:t1:orders:write'])
    })
  })
})

describe('how granted scopes are written', () => {
  const text = (of: readonly string[], requested: readonly string[]): string | undefined => {
    const apis = of.map((identifier) => world.directory.apis.byIdentifier(IDS.organization, identifier)!)
    const decided = decideScopes(world.client(), apis, requested, EVERYTHING)
    return decided.ok ? scopeText({ targets: apis, scopes: decided.scopes }) : decided.failure.reason
  }

  it('short for one API, however they were asked for', () => {
    expect(text([ORDERS], ['urn:t1:orders:read', 'write'])).toBe('read write')
  })

  it('fully qualified for several, also where all are of one', () => {
    expect(text([ORDERS, BILLING], ['write'])).toBe('urn:t1:orders:write')
  })

  it('not at all when there are none', () => {
    world.feed('apis', anApi({ scopes: [] }))
    expect(text([ORDERS], [])).toBeUndefined()
  })
})
