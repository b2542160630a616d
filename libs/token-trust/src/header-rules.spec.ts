import { createHmac } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { type SignatureAlgorithm } from './algorithms.js'
import { accepted, aToken, gate, keyA, keysOf, rejectionOf, someClaims } from './testing/gate.js'
import { aSigningKey, signBytes } from './testing/signing-keys.js'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with a MAC in place of a signature. */
function macToken(secret: string | Uint8Array, alg = 'HS256') {
  const input = `${encode({ alg, kid: 'a1' })}.${encode(someClaims())}`
  return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`
}

/** As if somebody had written it into the database behind the registry's back. */
const allowing = (...names: string[]) => ({ policy: { allowedAlgorithms: names as SignatureAlgorithm[] } })

describe('alg', () => {
  it.each([
    'none',
    'None',
    'noNE',
    'NONE',
    '',
    ' RS256',
    'rs256',
    'RS256 ',
    'RS1',
    'ES256K',
    'RSA',
    'toString',
    '__proto__',
    'constructor',
  ])('rejects %j, with and without signature, even if a registration allowed it (ST-04)', async (alg) => {
    const token = aToken({ header: { alg } })
    for (const options of [undefined, allowing(alg), allowing(alg, 'RS256')]) {
      expect(await rejectionOf(token, options)).toBe('algorithm_not_allowed')
    }
    const [header, payload] = token.split('.')
    expect(await rejectionOf(`${header!}.${payload!}.`)).toBe('bad_segments')
  })

  it.each([undefined, null, 0, true, ['RS256'], { toString: 'RS256' }])('rejects %j', async (alg) => {
    expect(await rejectionOf(aToken({ header: { alg } }))).toBe('algorithm_not_allowed')
  })

  it.each([
    ['the PEM of the public key', keyA.publicKey.export({ type: 'spki', format: 'pem' })],
    ['its PEM without the last newline', keyA.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim()],
    ['its PKCS #1 PEM', keyA.publicKey.export({ type: 'pkcs1', format: 'pem' })],
    ['its DER', keyA.publicKey.export({ type: 'spki', format: 'der' })],
    ['the bytes of n', Buffer.from(keyA.jwk['n'] as string, 'base64url')],
    ['n as text', keyA.jwk['n'] as string],
    ['the JWK as text', JSON.stringify(keyA.jwk)],
    ['the kid', 'a1'],
    ['nothing', ''],
    ['one byte', Buffer.from([0])],
    ['a zero key', Buffer.alloc(32)],
  ])('rejects an HMAC keyed with %s, whatever the registration says (ST-05, ST-07, ST-08)', async (_name, secret) => {
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      expect(await rejectionOf(macToken(secret, alg))).toBe('algorithm_not_allowed')
      expect(await rejectionOf(macToken(secret, alg), { ...allowing(alg, 'RS256'), keys: keysOf([{ ...keyA.jwk, alg: undefined }]) })).toBe(
        'algorithm_not_allowed',
      )
    }
  })

  it('rejects an HMAC declared as RS256', async () => {
    const input = `${encode({ alg: 'RS256', kid: 'a1' })}.${encode(someClaims())}`
    const mac = createHmac('sha256', Buffer.from(keyA.jwk['n'] as string, 'base64url'))
      .update(input)
      .digest('base64url')
    expect(await rejectionOf(`${input}.${mac}`)).toBe('signature_invalid')
  })

  it('rejects an algorithm that is good but not allowed for this issuer', async () => {
    const key = aSigningKey('e1')
    expect(await rejectionOf(aToken({ key }), { keys: keysOf([key.jwk]) })).toBe('algorithm_not_allowed')
  })

  it('rejects PS256 over a key that states RS256', async () => {
    const input = `${encode({ alg: 'PS256', kid: 'a1' })}.${encode(someClaims())}`
    const token = `${input}.${signBytes('PS256', keyA.privateKey, input).toString('base64url')}`
    expect(await rejectionOf(token, allowing('RS256', 'PS256'))).toBe('key.algorithm_mismatch')
  })
})

describe('members that a header must not have', () => {
  const stranger = aSigningKey('a1', 'RS256')
  const rejectedMember = async (header: Record<string, unknown>, key = keyA) => {
    const outcome = await gate(aToken({ header, key }))
    return outcome.ok ? undefined : outcome.rejection
  }

  it('rejects a token that brings its own jwk (ST-11)', async () => {
    const rejection = { reason: 'header_not_allowed', detail: 'jwk' }
    expect(await rejectedMember({ jwk: stranger.publicKey.export({ format: 'jwk' }) }, stranger)).toEqual(rejection)
    expect(await rejectedMember({ jwk: keyA.jwk })).toEqual(rejection)
  })

  it.each(['x5c', 'x5u', 'jku'])('rejects a token that brings its key by %s (ST-13)', async (name) => {
    const value = name === 'x5c' ? ['MIIB'] : 'https://attacker.test/keys'
    expect(await rejectedMember({ [name]: value }, stranger)).toEqual({ reason: 'header_not_allowed', detail: name })
  })

  it('rejects b64 false, with and without crit (ST-40)', async () => {
    expect(await rejectedMember({ b64: false })).toEqual({ reason: 'header_not_allowed', detail: 'b64' })
    expect(await rejectedMember({ b64: false, crit: ['b64'] })).toEqual({ reason: 'header_not_allowed', detail: 'crit' })
    expect(await rejectedMember({ b64: true })).toEqual({ reason: 'header_not_allowed', detail: 'b64' })
  })

  it.each([
    ['crit', ['exp']],
    ['crit', []],
    ['cty', 'JWT'],
    ['cty', ''],
    ['zip', 'DEF'],
    ['enc', 'A256GCM'],
    ['jku', null],
  ])('rejects %s: %j (ST-44)', async (name, value) => {
    expect(await rejectedMember({ [name]: value })).toEqual({ reason: 'header_not_allowed', detail: name })
  })

  it('ignores what it does not know, thumbprints above all', async () => {
    expect((await accepted(aToken({ header: { x5t: 'abc', 'x5t#S256': 'abc', nonce: 'n', custom: { a: 1 } } }))).subject).toBe('user-1')
  })
})

describe('kid', () => {
  it.each(['../../etc/passwd', "' OR 1=1--", 'a\nlevel=info', '__proto__', 'constructor', 'a1 ', 'A1', '*', '\u0000', 'k'.repeat(256)])(
    'finds nothing under %j (ST-14)',
    async (kid) => {
      expect(await gate(aToken({ header: { kid } }))).toEqual({ ok: false, rejection: { reason: 'key.unknown_kid' } })
    },
  )

  it.each([1, null, true, { $ne: 1 }, ['a1'], '', 'k'.repeat(257), 'k'.repeat(10_000)])('rejects %j (ST-14)', async (kid) => {
    expect(await gate(aToken({ header: { kid } }))).toEqual({ ok: false, rejection: { reason: 'kid_invalid' } })
  })
})

describe('typ', () => {
  it.each([undefined, 'JWT', 'jwt', 'application/jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])('accepts %j', async (typ) => {
    expect((await accepted(aToken({ header: { typ } }))).subject).toBe('user-1')
  })

  it.each([
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'client-authentication+jwt',
    'JOSE',
    'JWE',
    'text/jwt',
    'application/application/jwt',
    '',
    null,
    1,
    ['JWT'],
  ])('rejects %j: proofs, assertions and logout tokens are no subject tokens (ST-34)', async (typ) => {
    expect(await rejectionOf(aToken({ header: { typ } }))).toBe('typ_not_allowed')
  })
})
