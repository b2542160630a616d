import { FEED_KINDS, type FeedKind, type FeedValue, keySourceOf, readFeedEntry } from '@cambio/contracts'
import { looksLikeClientSecret } from '@cambio/oauth'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { testKey } from '../keys/test-key.js'
import { ISSUER_A, keyA } from '../tokens/subject-token.js'
import { aBinding, aCredential, anApplication, aSubscription } from './application-value.js'
import { feedEntry } from './feed-entry.js'
import { aKeySet, anAdminClient, anApi, anIdp, anOrganization, aRevocation, TEST_CLIENT_SECRET } from './feed-values.js'
import { IDS } from './fixed-ids.js'
import { aSigningKey, thumbprint } from './signing-key-value.js'

const values: { readonly [K in FeedKind]: FeedValue<K> } = {
  organizations: anOrganization(),
  'admin-clients': anAdminClient(),
  'identity-providers': anIdp(),
  'key-sets': aKeySet(),
  apis: anApi(),
  applications: anApplication(),
  'signing-keys': aSigningKey(),
  revocations: aRevocation(),
}

describe('feed builders', () => {
  it.each(FEED_KINDS)('%s: the value is one that a reader of the feed takes, whole', (kind) => {
    const entry = feedEntry(kind, values[kind])
    expect(readFeedEntry(kind, JSON.parse(JSON.stringify(entry)))).toEqual({ ok: true, entry })
  })

  it.each(FEED_KINDS)('%s: so is its deletion', (kind) => {
    const entry = feedEntry(kind, null, { rev: 7 })
    expect(readFeedEntry(kind, entry)).toEqual({ ok: true, entry })
    expect(entry).toMatchObject({ deleted: true, value: null, rev: 7 })
  })

  it('names the platform where a kind belongs to no organization, and what a test says instead', () => {
    expect(FEED_KINDS.filter((kind) => feedEntry(kind, null).org === 'platform')).toEqual(['organizations', 'signing-keys'])
    expect(feedEntry('apis', null, { org: 'org_x', id: 'api_x' })).toMatchObject({ org: 'org_x', id: 'api_x' })
  })

  it('fits together without a word from the test', () => {
    const application = anApplication()
    expect(application.bindings[0]?.identityProvider).toBe(feedEntry('identity-providers', anIdp()).id)
    expect(application.subscriptions[0]?.api).toBe(feedEntry('apis', anApi()).id)
    expect(feedEntry('key-sets', aKeySet()).id).toBe(IDS.identityProvider)
    expect([anIdp().issuer, aKeySet().keys]).toEqual([ISSUER_A, [keyA().publicJwk]])
    expect(aKeySet({}, [testKey('ES256')]).keySource).toBe(anIdp({ issuer: 'https://other.test' }).keySource)
    expect(keySourceOf({ issuer: ISSUER_A, jwksUri: String(anIdp().jwksUri) })).toBe(anIdp().keySource)
  })

  it('takes what a test wants to be different', () => {
    expect(anIdp({ enabled: false }).enabled).toBe(false)
    expect(aCredential({ public: true }).public).toBe(true)
    expect(aBinding({ clientId: 'x' }).clientId).toBe('x')
    expect(aSubscription({ status: 'BLOCKED' }).status).toBe('BLOCKED')
    expect(aKeySet({}, [testKey('ES256')]).keys).toEqual([testKey('ES256').publicJwk])
  })

  it('uses a client secret of the right form', () => {
    expect(looksLikeClientSecret(TEST_CLIENT_SECRET)).toBe(true)
  })

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('names a %s signing key by its RFC 7638 thumbprint', async (alg) => {
    const key = testKey(alg)
    expect(thumbprint(key)).toBe(await calculateJwkThumbprint(key.publicJwk as JWK))
    expect(aSigningKey({}, key)).toMatchObject({ alg, kid: thumbprint(key), publicJwk: { kid: thumbprint(key) } })
  })
})
