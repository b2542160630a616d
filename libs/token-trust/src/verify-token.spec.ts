import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { type SignatureAlgorithm, signatureAlgorithms } from './algorithms.js'
import { accepted, aToken, audienceA, gate, issuerA, keyA, keysOf, now, rejectionOf, someClaims } from './testing/gate.js'
import { aSigningKey } from './testing/signing-keys.js'

describe('the gate accepts', () => {
  it('a good token, and says what it verified', async () => {
    expect(await accepted(aToken({ claims: { jti: 't-1', extra: { a: 1 } } }))).toEqual({
      issuer: issuerA,
      subject: 'user-1',
      audiences: [audienceA],
      kind: 'jwt',
      claims: someClaims({ jti: 't-1', extra: { a: 1 } }),
      algorithm: 'RS256',
      keyId: 'a1',
      expiresAtSeconds: now + 600,
      issuedAtSeconds: now - 10,
      tokenId: 't-1',
    })
  })

  it('a token that jose signed', async () => {
    const token = await new SignJWT(someClaims()).setProtectedHeader({ alg: 'RS256', kid: 'a1', typ: 'JWT' }).sign(keyA.privateKey)
    expect((await accepted(token)).subject).toBe('user-1')
  })

  it.each(signatureAlgorithms)('a token signed with %s by a key that states it, and one that does not', async (alg) => {
    const key = aSigningKey('k', alg)
    const token = aToken({ key })
    const withoutAlg = { ...key.jwk, alg: undefined }
    for (const jwk of [key.jwk, withoutAlg]) {
      expect(await accepted(token, { policy: { allowedAlgorithms: [alg] }, keys: keysOf([jwk]) })).toMatchObject({
        algorithm: alg,
        keyId: 'k',
      })
    }
  })

  it.each([
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const)('%s where %s is allowed and published: two names of one algorithm (ST-61)', async (signed, allowed) => {
    const key = aSigningKey('ed', signed)
    const published = { ...key.jwk, alg: allowed }
    expect(await accepted(aToken({ key }), { policy: { allowedAlgorithms: [allowed] }, keys: keysOf([published]) })).toMatchObject({
      algorithm: signed,
    })
  })
})

describe('signature', () => {
  const es = aSigningKey('e1', 'ES256')
  const esGate = { policy: { allowedAlgorithms: ['ES256'] as const }, keys: keysOf([es.jwk]) }
  const withSignature = (token: string, signature: Uint8Array) =>
    [...token.split('.').slice(0, 2), Buffer.from(signature).toString('base64url')].join('.')
  const signatureOf = (token: string) => Buffer.from(token.split('.')[2]!, 'base64url')
  /** DER of an ECDSA signature: what OpenSSL makes by default. */
  const der = (signature: Buffer) => {
    const integer = (bytes: Buffer) => {
      const padded = bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
      return Buffer.concat([Buffer.from([2, padded.length]), padded])
    }
    const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))])
    return Buffer.concat([Buffer.from([0x30, body.length]), body])
  }
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')

  it.each([
    ['r = s = 0', () => Buffer.alloc(64)],
    ['DER', der],
    ['63 bytes', (s: Buffer) => s.subarray(0, 63)],
    ['65 bytes', (s: Buffer) => Buffer.concat([s, Buffer.alloc(1)])],
    ['65 bytes, zero first', (s: Buffer) => Buffer.concat([Buffer.alloc(1), s])],
    ['r = n', (s: Buffer) => Buffer.concat([order, s.subarray(32)])],
    ['s = n', (s: Buffer) => Buffer.concat([s.subarray(0, 32), order])],
    ['r = s = 2^256 - 1', () => Buffer.alloc(64, 0xff)],
    ['r = 0', (s: Buffer) => Buffer.concat([Buffer.alloc(32), s.subarray(32)])],
    ['s = 0', (s: Buffer) => Buffer.concat([s.subarray(0, 32), Buffer.alloc(32)])],
  ])('rejects an ES256 signature of %s (ST-10)', async (_name, forge) => {
    const token = aToken({ key: es })
    expect((await accepted(token, esGate)).subject).toBe('user-1')
    expect(await rejectionOf(withSignature(token, forge(signatureOf(token))), esGate)).toBe('signature_invalid')
  })

  it.each([
    ['RS256', keyA, undefined],
    ['ES256', es, esGate],
  ] as const)('rejects every token with one bit of its %s signature flipped (ST-55)', async (_alg, key, options) => {
    const token = aToken({ key })
    const signature = signatureOf(token)
    const bits = Math.min(1000, signature.length * 8)
    const outcomes = await Promise.all(
      Array.from({ length: bits }, (_, index) => {
        const bit = Math.floor((index * signature.length * 8) / bits)
        const flipped = Buffer.from(signature)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        return rejectionOf(withSignature(token, flipped), options)
      }),
    )
    expect(new Set(outcomes)).toEqual(new Set(['signature_invalid']))
  })

  it('rejects a truncated, prolonged or zero-led RSA signature (ST-56)', async () => {
    const token = aToken()
    const signature = signatureOf(token)
    for (const wrong of [
      signature.subarray(0, 255),
      signature.subarray(1),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(256),
      Buffer.alloc(1),
    ]) {
      expect(await rejectionOf(withSignature(token, wrong))).toBe('signature_invalid')
    }
  })

  it('rejects a token whose header or payload was changed after signing', async () => {
    const [, , signature] = aToken().split('.')
    const [header, payload] = aToken({ claims: { sub: 'somebody else' } }).split('.')
    expect(await rejectionOf([header, payload, signature].join('.'))).toBe('signature_invalid')
  })

  it('rejects a token that another key signed under the kid of a trusted one', async () => {
    const stranger = { ...aSigningKey('a1', 'RS256') }
    expect(await rejectionOf(aToken({ key: stranger }))).toBe('signature_invalid')
  })

  it('never counts a condition, a claim or a time before the signature', async () => {
    const stranger = aSigningKey('a1', 'RS256')
    let asked = 0
    const condition = () => {
      asked += 1
      return true
    }
    const token = aToken({ key: stranger, claims: { exp: now - 9999, aud: 'x', iss: 'y', sub: '' } })
    expect(await rejectionOf(token, { policy: { condition } })).toBe('signature_invalid')
    expect(asked).toBe(0)
  })
})

describe('key selection', () => {
  const other = aSigningKey('a2', 'RS256')
  const es = aSigningKey('a1', 'ES256')
  const both: readonly SignatureAlgorithm[] = ['RS256', 'ES256']
  const withoutKid = (key: typeof keyA) => aToken({ key, header: { kid: undefined } })

  it('takes the only key for a token without kid, and none of two (ST-59)', async () => {
    expect((await accepted(withoutKid(keyA), { keys: keysOf([keyA.jwk]) })).keyId).toBe('a1')
    expect(await rejectionOf(withoutKid(keyA), { keys: keysOf([keyA.jwk, other.jwk]) })).toBe('key.kid_required')
    expect(await rejectionOf(withoutKid(keyA), { policy: { allowedAlgorithms: both }, keys: keysOf([keyA.jwk, es.jwk]) })).toBe(
      'key.kid_required',
    )
  })

  it('counts only usable keys for a token without kid (ST-59)', async () => {
    const keys = keysOf([keyA.jwk, { ...other.jwk, use: 'enc' }])
    expect((await accepted(withoutKid(keyA), { keys })).subject).toBe('user-1')
  })

  it('does not bend the only key to another algorithm', async () => {
    expect(await rejectionOf(withoutKid(es), { policy: { allowedAlgorithms: both } })).toBe('key.algorithm_mismatch')
  })

  it('finds the right key among decoys of the same kid (JW-13)', async () => {
    const keys = keysOf([
      es.jwk,
      { ...other.jwk, kid: 'a1', alg: 'RS512' },
      keyA.jwk,
      { ...other.jwk, kid: 'a1', use: 'enc', alg: 'RSA-OAEP' },
    ])
    expect((await accepted(aToken(), { policy: { allowedAlgorithms: both }, keys })).algorithm).toBe('RS256')
    expect((await accepted(aToken({ key: es }), { policy: { allowedAlgorithms: both }, keys })).algorithm).toBe('ES256')
  })

  it('refuses a kid that two keys of one algorithm share, and no other (JW-14)', async () => {
    const keys = keysOf([keyA.jwk, { ...other.jwk, kid: 'a1' }, other.jwk])
    expect(await rejectionOf(aToken(), { keys })).toBe('key.duplicate_kid')
    expect((await accepted(aToken({ key: other }), { keys })).keyId).toBe('a2')
  })

  it('refuses to guess between a key that states the algorithm and one that states none', async () => {
    const withoutAlg = { ...other.jwk, kid: 'a1', alg: undefined }
    expect(await rejectionOf(aToken(), { keys: keysOf([keyA.jwk, withoutAlg]) })).toBe('key.ambiguous')
  })

  it('rejects an ES256 token whose key is on P-384 (ST-61)', async () => {
    const p384 = aSigningKey('a1', 'ES384')
    const policy = { allowedAlgorithms: ['ES256', 'ES384'] as const }
    const token = aToken({ key: es })
    expect(await rejectionOf(token, { policy, keys: keysOf([p384.jwk]) })).toBe('key.algorithm_mismatch')
    const withoutAlg = { ...p384.jwk, alg: undefined }
    expect(await rejectionOf(token, { policy, keys: keysOf([withoutAlg]) })).toBe('key.algorithm_mismatch')
  })

  it('rejects an unknown kid while the set is fresh, and cannot decide while it is stale (JW-07)', async () => {
    const token = aToken({ key: other })
    expect(await rejectionOf(token, { keys: keysOf([keyA.jwk]) })).toBe('key.unknown_kid')
    expect(await gate(token, { keys: keysOf([keyA.jwk], 'stale') })).toEqual({
      ok: false,
      undecided: { reason: 'key.unknown_kid_in_stale_set' },
    })
  })

  it('still verifies known keys of a stale set', async () => {
    expect((await accepted(aToken(), { keys: keysOf([keyA.jwk], 'stale') })).subject).toBe('user-1')
  })

  it('cannot decide without keys, or with keys past their time (JW-02, JW-04)', async () => {
    const unavailable = { ok: false, undecided: { reason: 'key.set_unavailable' } }
    expect(await gate(aToken(), { keys: { keys: undefined, freshness: 'fresh' } })).toEqual(unavailable)
    expect(await gate(aToken(), { keys: keysOf([]) })).toEqual(unavailable)
    expect(await gate(aToken(), { keys: keysOf([keyA.jwk], 'expired') })).toEqual({ ok: false, undecided: { reason: 'key.set_too_old' } })
  })

  it('rejects a bad header for good even when there are no keys', async () => {
    expect(await rejectionOf(aToken({ header: { alg: 'none' } }), { keys: { keys: undefined, freshness: 'fresh' } })).toBe(
      'algorithm_not_allowed',
    )
  })
})
