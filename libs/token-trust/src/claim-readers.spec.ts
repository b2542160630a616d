import { describe, expect, it } from 'vitest'

import { type ClaimSources, claimValue, clientIdOf, hasClaim, rolesOf, scopesOf } from './claim-readers.js'
import { providerPresets, type ProviderType } from './provider-presets.js'
import { trustIssuer } from './trusted-issuer.js'

type Claims = Record<string, unknown>

const reading = (claimSources: ClaimSources) => ({ claimSources, scopesMayHaveApplicationUri: false })
const preset = (type: ProviderType, claims?: ClaimSources) =>
  trustIssuer({ issuer: 'https://idp-a.test', allowedAudiences: ['a'], type, claims })

describe('claimValue', () => {
  const claims: Claims = { 'a.b': 'exact', a: { b: 'path', c: { d: 1 } }, list: [{ x: 1 }], 'https://x.test/y': 2, empty: '' }

  it.each<[string, unknown]>([
    ['a.b', 'exact'],
    ['a.c.d', 1],
    ['https://x.test/y', 2],
    ['empty', ''],
    ['a.c', { d: 1 }],
    ['missing', undefined],
    ['a.missing.d', undefined],
    ['list.0', undefined],
    ['list.length', undefined],
    ['empty.length', undefined],
    ['constructor', undefined],
    ['a.constructor', undefined],
    ['__proto__', undefined],
    ['a.__proto__.toString', undefined],
    ['', undefined],
  ])('finds %s', (name, value) => {
    expect(claimValue(claims, name)).toEqual(value)
  })
})

describe('client id', () => {
  it.each<[ProviderType, Claims, string | undefined]>([
    ['okta', { cid: '0oa1', azp: 'x' }, '0oa1'],
    ['microsoft', { azp: 'v2-app' }, 'v2-app'],
    ['microsoft', { appid: 'v1-app' }, 'v1-app'],
    ['microsoft', { azp: 'v2-app', appid: 'other' }, 'v2-app'],
    ['auth0', { azp: 'app' }, 'app'],
    ['asgardeo', { azp: 'app', client_id: 'other' }, 'app'],
    ['wso2', { client_id: 'app' }, 'app'],
    ['keycloak', { azp: 'app' }, 'app'],
    ['google', { azp: 'app.apps.googleusercontent.com' }, 'app.apps.googleusercontent.com'],
    ['cognito', { client_id: 'app' }, 'app'],
    ['generic', { client_id: 'app' }, 'app'],
    ['okta', {}, undefined],
  ])('of %s in %j', (type, claims, expected) => {
    expect(clientIdOf(claims, preset(type))).toBe(expected)
  })

  it('is none if the first present claim is no name, so that a second one cannot be slipped in', () => {
    for (const azp of [1, null, '', ['app'], {}, 'x'.repeat(256)]) {
      expect(clientIdOf({ azp, appid: 'other' }, preset('microsoft')), JSON.stringify(azp)).toBeUndefined()
    }
  })

  it('comes from the claim that the registration names, else from the preset', () => {
    expect(clientIdOf({ azp: 'x', app: { id: 'own' } }, preset('keycloak', { clientId: 'app.id' }))).toBe('own')
    expect(clientIdOf({ azp: 'x' }, preset('keycloak', { clientId: undefined, scopes: 's' }))).toBe('x')
    expect(clientIdOf({ azp: 'x' }, reading({}))).toBeUndefined()
  })
})

describe('scopes', () => {
  it.each<[ProviderType, Claims, string[]]>([
    ['okta', { scp: ['read', 'write'] }, ['read', 'write']],
    ['microsoft', { scp: 'read write' }, ['read', 'write']],
    ['auth0', { scope: 'read write', permissions: ['write', 'delete'] }, ['read', 'write', 'delete']],
    ['keycloak', { scope: 'openid  read ' }, ['openid', 'read']],
    ['google', { scope: 'read' }, []],
    ['generic', { scope: 'read read' }, ['read']],
    ['okta', { scp: ['read', 1, null, {}, '', ['x']] }, ['read']],
    ['generic', { scope: { read: true } }, []],
    ['generic', {}, []],
  ])('of %s in %j', (type, claims, expected) => {
    expect(scopesOf(claims, preset(type))).toEqual(expected)
  })

  it('are reduced to the qualified name behind an application URI', () => {
    const scp = 'api://11111111-2222/urn:t1:orders:read urn:t1:orders:write api://app/other api://tenant/app/urn:t1:orders:list'
    expect(scopesOf({ scp }, preset('microsoft'))).toEqual([
      'urn:t1:orders:read',
      'urn:t1:orders:write',
      'api://app/other',
      'urn:t1:orders:list',
    ])
    expect(scopesOf({ scp: 'https://evil.test/urn:t1:orders:read' }, preset('microsoft'))).toEqual(['https://evil.test/urn:t1:orders:read'])
  })

  it('reduces an application URI for Microsoft alone, as anybody else may let users choose such a name', () => {
    const scope = 'api://evil/urn:t1:orders:write'
    expect(scopesOf({ scope }, preset('generic', { scopes: 'scope' }))).toEqual([scope])
  })
})

describe('roles', () => {
  it.each<[ProviderType, Claims, string[]]>([
    ['microsoft', { roles: ['Orders.Read', 'Orders.Read'] }, ['Orders.Read']],
    ['keycloak', { realm_access: { roles: ['admin', 'user'] } }, ['admin', 'user']],
    ['keycloak', { realm_access: 'admin' }, []],
    ['cognito', { 'cognito:groups': ['admins'] }, ['admins']],
    ['okta', { groups: ['Everyone'] }, ['Everyone']],
    ['generic', { roles: ['admin'] }, []],
  ])('of %s in %j', (type, claims, expected) => {
    expect(rolesOf(claims, preset(type))).toEqual(expected)
  })
})

describe('hasClaim', () => {
  it.each([null, false, '', undefined])('does not count %j', (value) => {
    expect(hasClaim({ a: value }, 'a')).toBe(false)
  })

  it.each([0, 'x', true, [], {}])('counts %j', (value) => {
    expect(hasClaim({ a: value }, ['b', 'a'])).toBe(true)
  })
})

describe('presets', () => {
  it('allow asymmetric algorithms only', () => {
    for (const [type, { allowedAlgorithms }] of Object.entries(providerPresets)) {
      expect(allowedAlgorithms.length, type).toBeGreaterThan(0)
      for (const name of allowedAlgorithms) expect(name, type).toMatch(/^(RS|PS|ES)\d{3}$/)
    }
  })
})
