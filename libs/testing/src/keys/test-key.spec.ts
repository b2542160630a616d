import { compactVerify, importJWK, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { rawJwt } from '../tokens/raw-jwt.js'
import { signedBy } from './jws-signature.js'
import { type TestAlgorithm, testKey } from './test-key.js'

const algorithms: readonly TestAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

describe('test keys', () => {
  it.each(algorithms)('sign with %s what jose verifies with the public JWK', async (alg) => {
    const key = testKey(alg, { name: alg.startsWith('RS') || alg.startsWith('PS') ? 'shared' : alg })
    const token = rawJwt({ header: { alg, kid: key.kid }, payload: { sub: 'a' }, sign: signedBy(key) })
    const verified = await compactVerify(token, await importJWK(key.publicJwk as JWK, alg), { algorithms: [alg] })
    expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual({ sub: 'a' })
  })

  it('are the same for the same arguments, and others for another name', () => {
    expect(testKey('ES256').publicJwk).toEqual(testKey('ES256').publicJwk)
    expect(testKey('ES256', { name: 'other' }).publicJwk.x).not.toBe(testKey('ES256').publicJwk.x)
  })

  it('can claim to be another key', () => {
    const [one, two] = [testKey('ES256', { kid: 'k' }), testKey('ES256', { kid: 'k', name: 'two' })]
    expect([one.kid, two.kid, one.publicJwk.kid, two.publicJwk.kid]).toEqual(['k', 'k', 'k', 'k'])
    expect(one.publicJwk.x).not.toBe(two.publicJwk.x)
  })

  it('have no private member in the public JWK', () => {
    const { publicJwk, privateJwk } = testKey('ES256')
    expect(Object.keys(publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect(Object.keys(privateJwk).sort()).toEqual(['alg', 'crv', 'd', 'kid', 'kty', 'use', 'x', 'y'])
  })
})
