import {
  type AdminClientValue,
  type ApiValue,
  type IdentityProviderValue,
  keySourceOf,
  type KeySetValue,
  type OrganizationValue,
  type RevocationValue,
  type SecretDigest,
} from '@cambio/contracts'
import { clientSecretDigest } from '@cambio/oauth'

import { FIXED_NOW, FIXED_NOW_MS } from '../clock/fixed-clock.js'
import { type TestKey } from '../keys/test-key.js'
import { ISSUER_A, keyA, TEST_AUDIENCE } from '../tokens/subject-token.js'
import { IDS } from './fixed-ids.js'

/** The pepper under which `aSecretDigest()` makes digests. */
export const TEST_PEPPER = 'a pepper that only tests use, 32+ bytes long'

/** The secret of `aCredential()` and `anAdminClient()`; well formed, and valid nowhere else. */
export const TEST_CLIENT_SECRET = 'cmb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAv5wfQg'

/** The `keySource` of `anIdp()` and `aKeySet()`, whatever else a test changes about them, so that the two fit together. */
export const TEST_KEY_SOURCE = keySourceOf({ issuer: ISSUER_A, jwksUri: `${ISSUER_A}/jwks` })

/** Organization T1 of the catalogue of cases. */
export function anOrganization(overrides: Partial<OrganizationValue> = {}): OrganizationValue {
  return { handle: 't1', name: 'Organization T1', ...overrides }
}

/** Identity provider A: generic, enabled, everything allowed that has to be asked for, everybody may `read` and `write` orders. */
export function anIdp(overrides: Partial<IdentityProviderValue> = {}): IdentityProviderValue {
  return {
    name: 'idp-a',
    type: 'generic',
    enabled: true,
    issuer: ISSUER_A,
    wellKnownUrl: `${ISSUER_A}/.well-known/openid-configuration`,
    jwksUri: `${ISSUER_A}/jwks`,
    keySource: TEST_KEY_SOURCE,
    allowedAudiences: [TEST_AUDIENCE],
    tokenMode: 'EXCHANGED',
    environments: ['production', 'sandbox'],
    allowedAlgorithms: ['RS256', 'ES256'],
    acceptedTokenTypes: ['jwt', 'access_token'],
    claims: {},
    scopeMappings: [{ from: 'any', scopes: ['urn:t1:orders:read', 'urn:t1:orders:write'] }],
    claimMappings: [],
    requiredClaims: {},
    tenants: [],
    maxTokenAgeSeconds: 3_600,
    maxTokenLifetimeSeconds: 86_400,
    clockSkewSeconds: 30,
    singleUse: false,
    jwksMaxStaleSeconds: 86_400,
    ...overrides,
  }
}

/** The keys of identity provider A, or of the given ones, confirmed at `FIXED_NOW`. */
export function aKeySet(overrides: Partial<KeySetValue> = {}, keys: readonly TestKey[] = [keyA()]): KeySetValue {
  return {
    source: 'uri',
    keySource: TEST_KEY_SOURCE,
    keys: keys.map((key) => key.publicJwk),
    verifiedAt: FIXED_NOW,
    attemptedAt: FIXED_NOW,
    freshForSeconds: 300,
    lastFailure: null,
    ...overrides,
  }
}

/** The API `urn:t1:orders`, published, with scopes `read` and `write`. */
export function anApi(overrides: Partial<ApiValue> = {}): ApiValue {
  return {
    name: 'Orders',
    handle: 'orders',
    identifier: 'urn:t1:orders',
    context: 'orders',
    version: 'v1',
    status: 'PUBLISHED',
    endpoints: { production: 'https://orders.test' },
    scopes: ['read', 'write'].map((name) => ({ name, fullyQualifiedName: `urn:t1:orders:${name}` })),
    resources: [
      { method: 'GET', path: '/orders/{id}', scopes: ['read'] },
      { method: 'POST', path: '/orders', scopes: ['write'] },
    ],
    ...overrides,
  }
}

/** The digest of a secret, by default of `TEST_CLIENT_SECRET` under `TEST_PEPPER`. */
export function aSecretDigest(overrides: Partial<SecretDigest> = {}, secret = TEST_CLIENT_SECRET, pepper = TEST_PEPPER): SecretDigest {
  return { id: IDS.secret, digest: clientSecretDigest(pepper, secret), createdAt: FIXED_NOW, ...overrides }
}

/** An owner of organization T1 with `TEST_CLIENT_SECRET`. */
export function anAdminClient(overrides: Partial<AdminClientValue> = {}): AdminClientValue {
  return { clientId: 'admin-1', name: 'Admin', role: 'owner', applications: [], secrets: [aSecretDigest()], ...overrides }
}

/** Stops the tokens of identity provider A that were issued until `FIXED_NOW`. */
export function aRevocation(overrides: Partial<RevocationValue> = {}): RevocationValue {
  return {
    identityProvider: IDS.identityProvider,
    issuedUntil: FIXED_NOW,
    expiresAt: new Date(FIXED_NOW_MS + 86_400_000).toISOString(),
    ...overrides,
  }
}
