import { createHash, generateKeyPairSync } from 'node:crypto'

import { foundRocaJwk, rocaKey } from './roca-key.js'
import { testKey, type TestJwk, type TestKey } from './test-key.js'

/** A member of a key set that must not verify anything (docs/protocol.md, "Keys of an IdP"). */
export interface UnusableKey {
  readonly jwk: Record<string, unknown> & { readonly kty: string; readonly kid: string }
  /** Present where a genuine signature can be made with it: then only the refusal of the key keeps its tokens out. */
  readonly key?: TestKey
}

/** Every kind of unusable key, by what is wrong with it; its `kid` is that name. */
export function unusableKeys(): Readonly<Record<UnusableKeyKind, UnusableKey>> {
  const rsa = testKey('RS256', { name: 'unusable' })
  const weak = (name: UnusableKeyKind, options: { modulusLength?: number; publicExponent?: number }): UnusableKey => {
    const key = testKey('RS256', { name, ...options })
    return { key, jwk: key.publicJwk }
  }
  const changed = (kid: UnusableKeyKind, members: Record<string, unknown>, of: TestKey = rsa): UnusableKey => ({
    key: of,
    jwk: { ...of.publicJwk, kid, ...members },
  })
  const altered = (kid: UnusableKeyKind, members: Record<string, unknown>, of: TestKey = rsa): UnusableKey => ({
    jwk: changed(kid, members, of).jwk,
  })
  const ec = testKey('ES256', { name: 'unusable' })
  return {
    'rsa-1024': weak('rsa-1024', { modulusLength: 1024 }),
    'rsa-e-3': weak('rsa-e-3', { publicExponent: 3 }),
    'rsa-e-1': altered('rsa-e-1', { e: 'AQ' }),
    'rsa-e-even': altered('rsa-e-even', { e: 'AQAA' }),
    'rsa-n-even': altered('rsa-n-even', { n: withLastByte(rsa.publicJwk, 0) }),
    'rsa-16384': altered('rsa-16384', { n: bigModulus(16_384) }),
    roca: { key: rocaKey(), jwk: rocaKey().publicJwk },
    'roca-found': { jwk: foundRocaJwk },
    symmetric: { jwk: { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url'), kid: 'symmetric', alg: 'HS256', use: 'sig' } },
    'private-members': { key: rsa, jwk: { ...rsa.privateJwk, kid: 'private-members' } },
    'encryption-use': changed('encryption-use', { use: 'enc' }),
    'encryption-alg': changed('encryption-alg', { alg: 'RSA-OAEP-256' }),
    'encryption-operations': changed('encryption-operations', { use: undefined, key_ops: ['encrypt', 'wrapKey'] }),
    'ec-off-curve': altered('ec-off-curve', { y: ec.publicJwk.x }, ec),
    'ec-secp256k1': { jwk: secp256k1Jwk() },
    'kty-unknown': { jwk: { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'kty-unknown', use: 'sig' } },
  }
}

export type UnusableKeyKind =
  | 'rsa-1024'
  | 'rsa-e-1'
  | 'rsa-e-3'
  | 'rsa-e-even'
  | 'rsa-n-even'
  | 'rsa-16384'
  | 'roca'
  | 'roca-found'
  | 'symmetric'
  | 'private-members'
  | 'encryption-use'
  | 'encryption-alg'
  | 'encryption-operations'
  | 'ec-off-curve'
  | 'ec-secp256k1'
  | 'kty-unknown'

function withLastByte(jwk: TestJwk, byte: number): string {
  const bytes = Buffer.from(String(jwk.n), 'base64url')
  bytes[bytes.length - 1] = byte
  return bytes.toString('base64url')
}

/** An odd number of this many bits. Nobody knows its factors; it only has to be as slow as a real one. */
function bigModulus(bits: number): string {
  const chunks = Array.from({ length: bits / 256 }, (_, index) => createHash('sha256').update(String(index)).digest())
  const bytes = Buffer.concat(chunks)
  bytes[0] = (bytes[0] ?? 0) | 0x80
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  return bytes.toString('base64url')
}

function secp256k1Jwk(): TestJwk {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  return { ...publicKey.export({ format: 'jwk' }), kid: 'ec-secp256k1', alg: 'ES256K', use: 'sig' } as unknown as TestJwk
}
