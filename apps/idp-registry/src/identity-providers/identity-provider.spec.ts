import { identityProviderSchema, keySourceOf } from '@cambio/contracts'
import { describe, expect, it } from 'vitest'

import { hasOtherTrustSource, publicIdentityProvider, registration, settingsOf } from './identity-provider.js'
import { settingsSchema } from './identity-provider.fields.js'

const source = { issuer: 'https://idp.example', jwksUri: 'https://idp.example/keys' }
const filledIn = { ...source, keySource: keySourceOf(source), allowedAlgorithms: ['RS256' as const] }
const minimal = { allowedAudiences: ['api'] }

describe('a registration', () => {
  it('has the documented defaults', () => {
    expect(registration({ name: 'okta', enabled: true }, minimal, filledIn)).toEqual({
      name: 'okta',
      enabled: true,
      type: 'generic',
      ...filledIn,
      allowedAudiences: ['api'],
      tokenMode: 'EXCHANGED',
      environments: ['production', 'sandbox'],
      acceptedTokenTypes: ['jwt', 'access_token'],
      claims: {},
      scopeMappings: [],
      claimMappings: [],
      requiredClaims: {},
      tenants: [],
      maxTokenAgeSeconds: 3600,
      maxTokenLifetimeSeconds: 86_400,
      clockSkewSeconds: 30,
      singleUse: false,
      jwksMaxStaleSeconds: 86_400,
    })
  })

  it('keeps null as an age of its own', () => {
    expect(registration({ name: 'a', enabled: true }, { ...minimal, maxTokenAgeSeconds: null }, filledIn).maxTokenAgeSeconds).toBeNull()
  })

  it('publishes the claims in effect and nothing that only the registry needs', () => {
    const stored = registration(
      { name: 'a', enabled: true },
      { ...minimal, type: 'okta', confirmHost: 'keys.example', jwks: { keys: [{ kty: 'RSA' }] }, claims: { roles: 'teams' } },
      filledIn,
    )
    const published = publicIdentityProvider(stored)
    expect(published.claims).toEqual({ clientId: 'cid', scopes: 'scp', roles: 'teams' })
    expect(identityProviderSchema.strict().parse(published)).toEqual(published)
    expect(stored.claims).toEqual({ roles: 'teams' })
  })

  it('turns into settings that lead to it again', () => {
    const stored = registration({ name: 'a', enabled: false }, { ...minimal, description: 'd', singleUse: true }, filledIn)
    const settings = settingsSchema.parse(settingsOf(stored))
    expect(registration({ name: 'a', enabled: false }, settings, filledIn)).toEqual(stored)
    expect(hasOtherTrustSource(stored, settings)).toBe(false)
  })

  it.each([
    ['issuer', { issuer: 'https://other.example' }],
    ['keys’ address', { jwksUri: 'https://idp.example/other' }],
    ['discovery address', { wellKnownUrl: 'https://idp.example/.well-known/openid-configuration' }],
    ['keys', { jwksUri: undefined, jwks: { keys: [{ kty: 'RSA' }] } }],
  ])('trusts something else with another %s', (_, change) => {
    const stored = registration({ name: 'a', enabled: true }, minimal, filledIn)
    expect(hasOtherTrustSource(stored, { ...settingsOf(stored), ...change })).toBe(true)
  })
})
