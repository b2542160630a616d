import { describe, expect, it } from 'vitest'

import { issuerOfWellKnownUrl, readDiscoveryDocument } from './discovery-document.js'

const document = {
  issuer: 'https://idp.example',
  token_endpoint: 'https://idp.example/token',
  authorization_endpoint: 'https://idp.example/authorize',
  jwks_uri: 'https://idp.example/keys',
  id_token_signing_alg_values_supported: ['RS256', 'ES256'],
}

describe('a discovery document', () => {
  it('gives the endpoint fields and the algorithms', () => {
    expect(readDiscoveryDocument(document)).toEqual({
      issuer: 'https://idp.example',
      tokenEndpoint: 'https://idp.example/token',
      authorizationEndpoint: 'https://idp.example/authorize',
      jwksUri: 'https://idp.example/keys',
      algorithms: ['RS256', 'ES256'],
      ignoredAlgorithms: [],
      ignoredMembers: [],
    })
  })

  it('ignores none, HMAC and unknown algorithms, and names them (DR-38)', () => {
    const read = readDiscoveryDocument({ ...document, id_token_signing_alg_values_supported: ['none', 'HS256', 'PS256', 'XX', 'none'] })
    expect(read?.algorithms).toEqual(['PS256'])
    expect(read?.ignoredAlgorithms).toEqual(['none', 'HS256', 'XX'])
  })

  it('counts what is no printable short text as missing (DR-37)', () => {
    const hostile = {
      issuer: 'https://idp.example/\r\nSet-Cookie: a=b',
      jwks_uri: 'https://idp.example/keys',
      token_endpoint: '<script>alert(1)</script>',
      authorization_endpoint: `https://idp.example/${'a'.repeat(1_000_000)}`,
      id_token_signing_alg_values_supported: ['<script>alert(1)</script> and more', { toString: 'RS256' }],
    }
    expect(readDiscoveryDocument(hostile)).toEqual({
      issuer: undefined,
      tokenEndpoint: undefined,
      authorizationEndpoint: undefined,
      jwksUri: 'https://idp.example/keys',
      algorithms: [],
      ignoredAlgorithms: [],
      ignoredMembers: ['token_endpoint', 'authorization_endpoint'],
    })
  })

  it('is no metadata without issuer and keys', () => {
    expect(readDiscoveryDocument({})).toBeUndefined()
    expect(readDiscoveryDocument({ issuer: 7, jwks_uri: null, token_endpoint: 'https://a.example/token' })).toBeUndefined()
  })
})

describe('the issuer of a discovery address', () => {
  it.each([
    ['https://idp.example/.well-known/openid-configuration', 'https://idp.example'],
    ['https://idp.example/oauth2/default/.well-known/openid-configuration', 'https://idp.example/oauth2/default'],
    ['https://idp.example/.well-known/oauth-authorization-server', 'https://idp.example'],
    ['https://idp.example/.well-known/oauth-authorization-server/tenant/1', 'https://idp.example/tenant/1'],
    ['https://idp.example/.well-known/openid-configuration/tenant', 'https://idp.example/tenant'],
    ['https://idp.example:8443/a/.well-known/openid-configuration?p=b', 'https://idp.example:8443/a'],
  ])('%s belongs to %s (DR-02)', (address, issuer) => {
    expect(issuerOfWellKnownUrl(address)).toBe(issuer)
  })
})
