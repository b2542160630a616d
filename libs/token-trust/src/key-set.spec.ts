import { generateKeyPairSync } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { acceptKeySet, maxKeys } from './key-set.js'
import { accepted, aToken, keyA, keysOf, rejectionOf } from './testing/gate.js'
import { aSigningKey } from './testing/signing-keys.js'

const es = aSigningKey('e1', 'ES256')
const ed = aSigningKey('ed1', 'Ed25519')
const base64url = (hex: string) => Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url')
/** An RSA JWK of a made-up modulus: judged by its numbers alone. */
const rsaJwk = (n: bigint, e: bigint | string = 65_537n) => ({
  kty: 'RSA',
  kid: 'r',
  use: 'sig',
  n: base64url(n.toString(16)),
  e: typeof e === 'string' ? e : base64url(e.toString(16)),
})
const modulusA = BigInt(`0x${Buffer.from(keyA.jwk['n'] as string, 'base64url').toString('hex')}`)
const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)

const dropReason = (jwk: unknown) => {
  const { verdict, keys, dropped } = acceptKeySet({ keys: [jwk] })
  expect([verdict, keys.keys.length, dropped.length]).toEqual(verdict === 'usable' ? ['usable', 1, 0] : ['no_usable_key', 0, 1])
  return dropped[0]?.reason
}

describe('a member of a key set is dropped', () => {
  it.each<[string, unknown, string]>([
    ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 's' }, 'symmetric'],
    ['a symmetric key with alg RS256 (ST-08)', { kty: 'oct', k: 'AAAA', alg: 'RS256' }, 'symmetric'],
    ['a private RSA key', keyA.privateKey.export({ format: 'jwk' }), 'private'],
    ['a private EC key', es.privateKey.export({ format: 'jwk' }), 'private'],
    ['a public key with a stray private member', { ...keyA.jwk, qi: 'AA' }, 'private'],
    ['a key for encryption', { ...keyA.jwk, use: 'enc' }, 'not_for_signing'],
    ['a key of unknown use', { ...keyA.jwk, use: 'SIG' }, 'not_for_signing'],
    ['a key whose use is no string', { ...keyA.jwk, use: ['sig'] }, 'not_for_signing'],
    ['a key whose operations lack verify', { ...keyA.jwk, use: undefined, key_ops: ['encrypt'] }, 'not_for_signing'],
    ['a key without operations', { ...keyA.jwk, key_ops: [] }, 'not_for_signing'],
    ['a key whose operations are no list', { ...keyA.jwk, key_ops: 'verify' }, 'malformed'],
    ['a key of an encryption algorithm', { ...keyA.jwk, alg: 'RSA-OAEP' }, 'unsupported_algorithm'],
    ['an RSA key that states HS256', { ...keyA.jwk, alg: 'HS256' }, 'unsupported_algorithm'],
    ['a key that states none', { ...keyA.jwk, alg: 'none' }, 'unsupported_algorithm'],
    ['a key whose alg is no string', { ...keyA.jwk, alg: 1 }, 'unsupported_algorithm'],
    ['an RSA key that states ES256', { ...keyA.jwk, alg: 'ES256' }, 'algorithm_mismatch'],
    ['a P-256 key that states ES384 (ST-61)', { ...es.jwk, alg: 'ES384' }, 'algorithm_mismatch'],
    ['a key of type AKP', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, 'unsupported_type'],
    ['a key on secp256k1', { ...es.jwk, crv: 'secp256k1', alg: 'ES256K' }, 'unsupported_type'],
    ['an X25519 key', { ...ed.jwk, crv: 'X25519' }, 'unsupported_type'],
    ['a key without type', { ...keyA.jwk, kty: undefined }, 'malformed'],
    ['no object', 'key', 'malformed'],
    ['null', null, 'malformed'],
    ['a list', [keyA.jwk], 'malformed'],
    ['a key with a numeric kid', { ...keyA.jwk, kid: 1 }, 'malformed'],
    ['a key with an empty kid', { ...keyA.jwk, kid: '' }, 'malformed'],
    ['a key with a kid of 257 characters', { ...keyA.jwk, kid: 'k'.repeat(257) }, 'malformed'],
    ['an RSA key without n', { ...keyA.jwk, n: undefined }, 'malformed'],
    ['an RSA key without e', { ...keyA.jwk, e: undefined }, 'malformed'],
    ['an RSA key with padded numbers', { ...keyA.jwk, n: `${keyA.jwk['n'] as string}==` }, 'malformed'],
    ['an EC key without y', { ...es.jwk, y: undefined }, 'malformed'],
    ['a point that is not on the curve', { ...es.jwk, y: flipped(es.jwk['y'] as string) }, 'malformed'],
    ['a point with a short coordinate', { ...es.jwk, x: 'AAAA' }, 'malformed'],
    ['the point at infinity', { ...es.jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }, 'malformed'],
    ['an Ed25519 key of 31 bytes', { ...ed.jwk, x: Buffer.alloc(31, 9).toString('base64url') }, 'malformed'],
  ])('if it is %s', (_name, jwk, reason) => {
    expect(dropReason(jwk)).toBe(reason)
  })

  it.each([
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `01${'00'.repeat(30)}80`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    `ec${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(31)}`,
  ])('if it is the Ed25519 point %s of small order, for which anybody can sign', (hex) => {
    expect(dropReason({ ...ed.jwk, x: Buffer.from(hex, 'hex').toString('base64url') })).toBe('weak_point')
  })

  it.each<[string, unknown, string]>([
    ['1024 bits', aSigningKey('r', 'RS256', 1024).jwk, 'rsa_too_small'],
    ['2047 bits', rsaJwk((1n << 2046n) | (modulusA >> 2n) | 1n), 'rsa_too_small'],
    [
      '2047 bits and leading zeros',
      { ...rsaJwk(3n), n: Buffer.concat([Buffer.alloc(1), Buffer.alloc(255, 0x7f)]).toString('base64url') },
      'rsa_too_small',
    ],
    ['16,384 bits', rsaJwk((1n << 16_383n) | 1n), 'rsa_too_large'],
    ['8193 bits', rsaJwk((1n << 8192n) | 1n), 'rsa_too_large'],
    ['an even modulus', rsaJwk(modulusA - 1n), 'rsa_weak_modulus'],
    ['exponent 1', rsaJwk(modulusA, 1n), 'rsa_weak_exponent'],
    ['exponent 0', rsaJwk(modulusA, 'AA'), 'rsa_weak_exponent'],
    ['exponent 3', rsaJwk(modulusA, 3n), 'rsa_weak_exponent'],
    ['exponent 65,535', rsaJwk(modulusA, 65_535n), 'rsa_weak_exponent'],
    ['an even exponent', rsaJwk(modulusA, 65_538n), 'rsa_weak_exponent'],
    ['an exponent above 64 bits', rsaJwk(modulusA, (1n << 64n) + 1n), 'rsa_weak_exponent'],
    ['an exponent as long as the modulus', rsaJwk(modulusA, modulusA - 2n), 'rsa_weak_exponent'],
  ])('if it is an RSA key of %s (ST-62)', (_name, jwk, reason) => {
    expect(dropReason(jwk)).toBe(reason)
  })

  it('so that its tokens are rejected, whoever signed them (ST-62)', async () => {
    const weak = aSigningKey('weak', 'RS256', 1024)
    expect(await rejectionOf(aToken({ key: weak }), { keys: keysOf([keyA.jwk, weak.jwk]) })).toBe('key.unknown_kid')
  })
})

describe('a member of a key set is used', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without use, alg and kid', { ...keyA.jwk, use: undefined, alg: undefined, kid: undefined }],
    ['with key_ops verify', { ...keyA.jwk, use: undefined, key_ops: ['verify'] }],
    ['with certificates beside it', { ...keyA.jwk, x5c: ['MIIB'], x5t: 'abc', x5u: 'https://idp-a.test/cert' }],
    ['with 3072 bits', aSigningKey('r', 'RS256', 3072).jwk],
    ['on P-256', es.jwk],
    ['on Ed25519', ed.jwk],
    ['with a 64-bit exponent', rsaJwk(modulusA, (1n << 64n) - 1n)],
  ])('%s', (_name, jwk) => {
    expect(acceptKeySet({ keys: [jwk] })).toMatchObject({ verdict: 'usable', dropped: [] })
  })

  it('beside bad ones, which are dropped one by one', async () => {
    const jwks = [{ kty: 'oct', k: 'AA', kid: 's' }, keyA.jwk, 7, { ...es.jwk, use: 'enc' }]
    const { verdict, keys, dropped } = acceptKeySet({ keys: jwks })
    expect(verdict).toBe('usable')
    expect(keys.keys.map(({ kid }) => kid)).toEqual(['a1'])
    expect(dropped).toEqual([
      { index: 0, kid: 's', reason: 'symmetric' },
      { index: 2, reason: 'malformed' },
      { index: 3, kid: 'e1', reason: 'not_for_signing' },
    ])
    expect((await accepted(aToken(), { keys: keysOf(jwks) })).subject).toBe('user-1')
  })

  it('for the algorithm that it states, in both names, or for all that fit', () => {
    const algorithms = (jwk: unknown) => [...(acceptKeySet({ keys: [jwk] }).keys.keys[0]?.algorithms ?? [])]
    expect(algorithms(keyA.jwk)).toEqual(['RS256'])
    expect(algorithms({ ...keyA.jwk, alg: undefined })).toEqual(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])
    expect(algorithms({ ...es.jwk, alg: undefined })).toEqual(['ES256'])
    expect(algorithms(ed.jwk)).toEqual(['EdDSA', 'Ed25519'])
  })
})

describe('a key set', () => {
  it.each([null, undefined, '', '<html>', [], {}, { keys: null }, { keys: {} }, { keys: 'x' }, { KEYS: [] }])(
    'is none if it is %j (JW-11)',
    (jwks) => {
      expect(acceptKeySet(jwks)).toMatchObject({ verdict: 'not_a_key_set', dropped: [] })
    },
  )

  it('is not usable without a usable key (JW-10)', () => {
    expect(acceptKeySet({ keys: [] })).toMatchObject({ verdict: 'no_usable_key', dropped: [] })
    expect(acceptKeySet({ keys: [{ ...keyA.jwk, use: 'enc' }] })).toMatchObject({ verdict: 'no_usable_key' })
  })

  it('has at most 100 members', () => {
    const members = (count: number) => ({ keys: Array.from({ length: count }, (_, index) => ({ ...es.jwk, kid: `k${index}` })) })
    expect(acceptKeySet(members(maxKeys))).toMatchObject({ verdict: 'usable', dropped: [] })
    const tooMany = acceptKeySet(members(maxKeys + 1))
    expect([tooMany.verdict, tooMany.keys.keys.length]).toEqual(['too_many_keys', 0])
  })

  it('loses every key of a kid that stands twice for one algorithm (JW-14)', () => {
    const twin = { ...aSigningKey('x', 'RS256').jwk, kid: 'a1' }
    const { keys, dropped } = acceptKeySet({ keys: [keyA.jwk, es.jwk, twin] })
    expect(keys.keys.map(({ kid }) => kid)).toEqual(['e1'])
    expect(keys.refusedKids).toEqual(new Set(['a1']))
    expect(dropped).toEqual([
      { index: 0, kid: 'a1', reason: 'duplicate_kid' },
      { index: 2, kid: 'a1', reason: 'duplicate_kid' },
    ])
  })

  it('counts EdDSA and Ed25519 as one algorithm, and keys without alg by their type (JW-14)', () => {
    const edTwin = { ...aSigningKey('ed1', 'Ed25519').jwk, alg: 'EdDSA' }
    expect(acceptKeySet({ keys: [ed.jwk, edTwin] }).verdict).toBe('no_usable_key')
    const bare = (kid: string) => ({ ...aSigningKey(kid, 'RS256').jwk, alg: undefined })
    expect(acceptKeySet({ keys: [bare('r'), bare('r')] }).verdict).toBe('no_usable_key')
  })

  it('keeps keys of one kid that serve different algorithms (JW-13)', () => {
    const { keys, dropped } = acceptKeySet({ keys: [keyA.jwk, { ...es.jwk, kid: 'a1' }, { ...keyA.jwk, alg: 'RS512' }] })
    expect([keys.withKid('a1').length, dropped]).toEqual([3, []])
  })

  it('drops keys for algorithms that the registration does not allow', () => {
    expect(acceptKeySet({ keys: [keyA.jwk, es.jwk] }, { allowedAlgorithms: ['ES256'] })).toMatchObject({
      verdict: 'usable',
      dropped: [{ index: 0, kid: 'a1', reason: 'algorithm_not_allowed' }],
    })
    expect(acceptKeySet({ keys: [ed.jwk] }, { allowedAlgorithms: ['EdDSA'] }).verdict).toBe('usable')
  })

  it('is published with public members only, and accepted again', () => {
    const { keys } = acceptKeySet({ keys: [{ ...keyA.jwk, x5c: ['MIIB'], custom: 'x', issuer: 'https://idp-a.test' }, es.jwk, ed.jwk] })
    expect(keys.toJwks()).toEqual({
      keys: [
        { kty: 'RSA', n: keyA.jwk['n'], e: 'AQAB', kid: 'a1', alg: 'RS256', use: 'sig', issuer: 'https://idp-a.test' },
        { kty: 'EC', crv: 'P-256', x: es.jwk['x'], y: es.jwk['y'], kid: 'e1', alg: 'ES256', use: 'sig' },
        { kty: 'OKP', crv: 'Ed25519', x: ed.jwk['x'], kid: 'ed1', alg: 'Ed25519', use: 'sig' },
      ],
    })
    expect(acceptKeySet(keys.toJwks())).toMatchObject({ verdict: 'usable', dropped: [] })
  })

  it('imports a key once for each algorithm', () => {
    const [key] = acceptKeySet({ keys: [{ ...keyA.jwk, alg: undefined }] }).keys.keys
    expect(key?.cryptoKeyFor('RS256')).toBe(key?.cryptoKeyFor('RS256'))
    expect(key?.cryptoKeyFor('PS256').algorithm).toMatchObject({ name: 'RSA-PSS' })
  })

  it('does not copy a hostile kid into the report', () => {
    expect(acceptKeySet({ keys: [{ kty: 'oct', kid: 'k'.repeat(10_000) }] }).dropped).toEqual([{ index: 0, reason: 'symmetric' }])
  })

  it('of real providers without alg verifies (Microsoft)', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwks = [
      { ...keyA.jwk, alg: undefined },
      { ...publicKey.export({ format: 'jwk' }), kid: 'next', use: 'sig' },
    ]
    expect((await accepted(aToken(), { keys: keysOf(jwks) })).keyId).toBe('a1')
  })
})
