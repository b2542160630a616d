import { keyA, keyB, testKey, unusableKeys } from '@cambio/testing'
import { acceptKeySet } from '@cambio/token-trust'
import { describe, expect, it } from 'vitest'

import { listKeys } from './key-listing.js'
import { judgeAlgorithms, judgeKeyHost, judgeKeySet } from './judge-keys.js'

const address = { type: 'generic', issuer: 'https://idp.example', jwksUri: 'https://idp.example/keys' } as const

describe('the host of keys', () => {
  it('may be that of the issuer, of the discovery address, or the confirmed one (DR-25)', () => {
    expect(judgeKeyHost(address)).toEqual([])
    const jwksUri = 'https://keys.example/jwks'
    expect(judgeKeyHost({ ...address, jwksUri })).toEqual([
      {
        severity: 'error',
        code: 'jwks_host_unconfirmed',
        message: 'The keys lie on keys.example, the issuer is https://idp.example.',
        fix: 'If that is meant, set confirmHost to keys.example.',
        field: 'jwksUri',
      },
    ])
    expect(judgeKeyHost({ ...address, jwksUri, confirmHost: 'keys.example' })).toEqual([])
    expect(judgeKeyHost({ ...address, jwksUri, confirmHost: 'example' })).toHaveLength(1)
    expect(judgeKeyHost({ ...address, jwksUri, wellKnownUrl: 'https://keys.example/.well-known/openid-configuration' })).toEqual([])
  })

  it('may be the one on which Google publishes', () => {
    const google = { issuer: 'https://accounts.google.com', jwksUri: 'https://www.googleapis.com/oauth2/v3/certs' }
    expect(judgeKeyHost({ ...google, type: 'google' })).toEqual([])
    expect(judgeKeyHost({ ...google, type: 'generic' })).toHaveLength(1)
  })

  it('must be one', () => {
    expect(judgeKeyHost({ ...address, jwksUri: 'not an address' })).toMatchObject([{ code: 'jwks_host_unconfirmed' }])
  })
})

describe('a key set', () => {
  it('without a usable key says why of each member (DR-26)', () => {
    const { symmetric, roca, ...others } = unusableKeys()
    const members = [
      symmetric.jwk,
      roca.jwk,
      others['rsa-1024'].jwk,
      others['rsa-e-1'].jwk,
      others['private-members'].jwk,
      others['encryption-use'].jwk,
    ]
    expect(judgeKeySet(acceptKeySet({ keys: members }), 'jwksUri')).toMatchObject([
      {
        severity: 'error',
        code: 'no_usable_keys',
        keys: [
          { index: 0, kid: 'symmetric', reason: 'symmetric' },
          { index: 1, kid: 'roca', reason: 'rsa_weak_modulus' },
          { index: 2, kid: 'rsa-1024', reason: 'rsa_too_small' },
          { index: 3, kid: 'rsa-e-1', reason: 'rsa_weak_exponent' },
          { index: 4, kid: 'private-members', reason: 'private' },
          { index: 5, kid: 'encryption-use', reason: 'not_for_signing' },
        ],
      },
    ])
  })

  it.each([
    ['empty', { keys: [] }, 'The key set is empty.'],
    ['no key set', { key: [] }, 'The document is no key set.'],
    ['too long', { keys: Array.from({ length: 101 }, () => ({})) }, 'The key set has more than 100 members.'],
  ])('that is %s is refused (DR-26)', (_, jwks, message) => {
    expect(judgeKeySet(acceptKeySet(jwks), 'jwks')).toMatchObject([{ severity: 'error', code: 'no_usable_keys', message, field: 'jwks' }])
  })

  it('with a good key and bad ones is advice only, and lists all in order', () => {
    const acceptance = acceptKeySet({ keys: [unusableKeys().symmetric.jwk, keyA().publicJwk] })
    expect(judgeKeySet(acceptance, 'jwksUri')).toMatchObject([{ severity: 'warning', code: 'keys_dropped' }])
    expect(listKeys(acceptance)).toEqual([
      { kid: 'symmetric', usable: false, reason: 'symmetric' },
      { kid: 'a1', kty: 'RSA', alg: 'RS256', usable: true },
    ])
  })

  it('without alg and kid is advice only', () => {
    const bare = [testKey('RS256', { name: 'one' }), testKey('ES256', { name: 'two' })].map(({ publicJwk }) => ({
      ...publicJwk,
      alg: undefined,
      kid: undefined,
    }))
    expect(judgeKeySet(acceptKeySet({ keys: bare }), 'jwksUri').map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'keys_without_kid'],
      ['info', 'keys_without_alg'],
    ])
  })

  it('that serves no allowed algorithm is worth a warning', () => {
    const { keys } = acceptKeySet({ keys: [keyB().publicJwk] })
    expect(judgeAlgorithms(['RS256'], keys)).toMatchObject([{ severity: 'warning', code: 'algorithm_without_key' }])
    expect(judgeAlgorithms(['RS256', 'ES256'], keys)).toEqual([])
  })
})
