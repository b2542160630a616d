import { compactVerify } from 'jose'
import { createHmac, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { signedBy } from '../keys/jws-signature.js'
import { testKey } from '../keys/test-key.js'
import { bitFlipped, derSignedBy, hmacBy, nonCanonical, rawJwt, tamperedWith } from './raw-jwt.js'

const decoded = (segment: string | undefined) => Buffer.from(segment ?? '', 'base64url')

describe('raw tokens', () => {
  it('hold texts and bytes as they are, objects as JSON, and no signature unless asked', () => {
    const text = '{"alg":"none","alg":"RS256"}'
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])
    const [header, payload, signature] = rawJwt({ header: text, payload: bytes }).split('.')
    expect(decoded(header).toString()).toBe(text)
    expect(decoded(payload).equals(bytes)).toBe(true)
    expect(signature).toBe('')
    expect(decoded(rawJwt({ header: { alg: 'none' }, payload: '' }).split('.')[0]).toString()).toBe('{"alg":"none"}')
  })

  it('take a MAC under any bytes, an empty key included', () => {
    const [header, payload, signature] = rawJwt({ header: {}, payload: {}, sign: hmacBy('') }).split('.')
    expect(signature).toBe(createHmac('sha256', '').update(`${header!}.${payload!}`).digest('base64url'))
  })

  it('take an ECDSA signature in DER that is genuine', () => {
    const key = testKey('ES256')
    const [header, payload, signature] = rawJwt({ header: {}, payload: {}, sign: derSignedBy(key) }).split('.')
    const der = { key: key.publicKey, dsaEncoding: 'der' } as const
    expect(verify('sha256', Buffer.from(`${header!}.${payload!}`), der, decoded(signature))).toBe(true)
  })

  it('take a signature that a test has changed', () => {
    const cut = tamperedWith(signedBy(testKey('ES256')), (signature) => signature.subarray(0, 63))
    expect(decoded(rawJwt({ header: {}, payload: {}, sign: cut }).split('.')[2])).toHaveLength(63)
  })

  it('can be spelled differently with the same bytes', async () => {
    const key = testKey('ES256')
    const token = rawJwt({ header: { alg: 'ES256' }, payload: {}, sign: signedBy(key) })
    const respelled = nonCanonical(token, 2)
    expect(respelled).not.toBe(token)
    expect(decoded(respelled.split('.')[2]).equals(decoded(token.split('.')[2]))).toBe(true)
    await expect(compactVerify(respelled, key.publicKey)).resolves.toBeDefined()
    expect(() => nonCanonical('AAAA.AAAA.AAAA', 1)).toThrow(TypeError)
  })

  it('can have any one bit flipped', async () => {
    const key = testKey('ES256')
    const token = rawJwt({ header: { alg: 'ES256' }, payload: {}, sign: signedBy(key) })
    const flipped = bitFlipped(token, 2, 511)
    expect(decoded(flipped.split('.')[2])[63]! ^ decoded(token.split('.')[2])[63]!).toBe(0x80)
    await expect(compactVerify(flipped, key.publicKey)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    expect(() => bitFlipped(token, 2, 512)).toThrow(TypeError)
  })
})
