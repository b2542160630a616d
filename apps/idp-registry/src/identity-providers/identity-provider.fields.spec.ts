import { describe, expect, it } from 'vitest'

import { creationSchema, patchSchema } from './identity-provider.fields.js'

const minimal = { name: 'okta', wellKnownUrl: 'https://idp.example/.well-known/openid-configuration', allowedAudiences: ['api'] }

function problems(body: unknown): [string, string][] {
  const parsed = creationSchema.safeParse(body)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [path.join('/'), message])
}

describe('the fields of a registration', () => {
  it('are few when discovery fills in the rest', () => {
    expect(problems(minimal)).toEqual([])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['an empty name', { name: '' }, 'name'],
    ['a name with a slash', { name: 'a/b' }, 'name'],
    ['a name that ends with a space', { name: 'a ' }, 'name'],
    ['a name with a line break', { name: 'a\nb' }, 'name'],
    ['a name like an id', { name: `idp_${'0'.repeat(32)}` }, 'name'],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, 'name'],
    ['an unknown type', { type: 'oracle' }, 'type'],
    ['no audience', { allowedAudiences: [] }, 'allowedAudiences'],
    ['an audience twice', { allowedAudiences: ['a', 'a'] }, 'allowedAudiences'],
    ['an empty audience', { allowedAudiences: [''] }, 'allowedAudiences/0'],
    ['an issuer with a query', { issuer: 'https://idp.example/?a' }, 'issuer'],
    ['an issuer with a fragment', { issuer: 'https://idp.example/#a' }, 'issuer'],
    ['an issuer with user information', { issuer: 'https://a@idp.example' }, 'issuer'],
    ['an issuer that is no address', { issuer: 'idp' }, 'issuer'],
    ['a token endpoint of another scheme', { tokenEndpoint: 'javascript:alert(1)' }, 'tokenEndpoint'],
    ['a lower-case token mode', { tokenMode: 'direct' }, 'tokenMode'],
    ['no environment', { environments: [] }, 'environments'],
    ['an unknown environment', { environments: ['test'] }, 'environments/0'],
    ['a symmetric algorithm', { allowedAlgorithms: ['HS256'] }, 'allowedAlgorithms/0'],
    ['algorithm none', { allowedAlgorithms: ['none'] }, 'allowedAlgorithms/0'],
    ['no token type', { acceptedTokenTypes: [] }, 'acceptedTokenTypes'],
    ['a mapping to a short scope', { scopeMappings: [{ from: 'any', scopes: ['read'] }] }, 'scopeMappings/0/scopes/0'],
    ['a mapping of a role without value', { scopeMappings: [{ from: 'role', scopes: ['urn:t1:a1:read'] }] }, 'scopeMappings/0/value'],
    [
      'a target claim twice',
      {
        claimMappings: [
          { from: 'a', to: 'x' },
          { from: 'b', to: 'x' },
        ],
      },
      'claimMappings',
    ],
    ['a required claim that is an object', { requiredClaims: { org: { id: 1 } } }, 'requiredClaims/org'],
    ['a skew of 301 s', { clockSkewSeconds: 301 }, 'clockSkewSeconds'],
    ['a negative skew', { clockSkewSeconds: -1 }, 'clockSkewSeconds'],
    ['an age of 0', { maxTokenAgeSeconds: 0 }, 'maxTokenAgeSeconds'],
    ['a fraction of a second', { maxTokenLifetimeSeconds: 1.5 }, 'maxTokenLifetimeSeconds'],
    ['keys that serve for over a week', { jwksMaxStaleSeconds: 604_801 }, 'jwksMaxStaleSeconds'],
    ['singleUse as text', { singleUse: 'true' }, 'singleUse'],
    ['a tenant by its domain', { tenants: ['contoso.com'] }, 'tenants/0'],
    ['the tenant of personal accounts', { tenants: ['9188040d-6c67-4c5b-b112-36a304b66dad'] }, 'tenants/0'],
    ['keys and their address', { jwksUri: 'https://idp.example/keys', jwks: { keys: [{ kty: 'RSA' }] } }, 'jwks'],
  ])('refuse %s', (_, change, path) => {
    expect(problems({ ...minimal, ...change }).map(([at]) => at)).toContain(path)
  })

  it.each(['tenantId', 'role', '_id', 'enabled', 'rev', 'createdAt', 'org'])('refuse %s, which is not theirs (AD-05)', (field) => {
    expect(creationSchema.safeParse({ ...minimal, [field]: 'x' }).error?.issues).toMatchObject([
      { code: 'unrecognized_keys', keys: [field] },
    ])
  })

  it('need an issuer and keys where there is no discovery', () => {
    const rest = { name: minimal.name, allowedAudiences: minimal.allowedAudiences }
    expect(problems(rest)).toEqual([
      ['issuer', 'is required without wellKnownUrl'],
      ['jwksUri', 'is required without wellKnownUrl and jwks'],
    ])
    expect(problems({ ...rest, issuer: 'https://idp.example', jwks: { keys: [{ kty: 'RSA' }] } })).toEqual([])
  })

  it('take the bounds themselves', () => {
    const bounds = { clockSkewSeconds: 0, jwksMaxStaleSeconds: 0, maxTokenAgeSeconds: null, name: 'a'.repeat(64) }
    expect(problems({ ...minimal, ...bounds })).toEqual([])
    expect(problems({ ...minimal, name: 'Größe 2 (neu)', clockSkewSeconds: 300 })).toEqual([])
  })
})

describe('the fields of a change', () => {
  it('may all be null, which removes them, also inside of claims', () => {
    expect(
      patchSchema.safeParse({ description: null, maxTokenAgeSeconds: null, claims: { roles: null }, requiredClaims: { a: null } }).success,
    ).toBe(true)
  })

  it('refuse an unknown field also as null (AD-05)', () => {
    expect(patchSchema.safeParse({ tenantId: null }).error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['tenantId'] }])
    expect(patchSchema.safeParse({ claims: { sub: null } }).error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['sub'] }])
  })
})
