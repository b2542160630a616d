import { type KeyObject, generateKeyPairSync } from 'node:crypto'

/** The asymmetric algorithms of JWS (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2) that tests sign with. */
export type TestAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519'

/** A JWK as a JSON object, `kid` and `alg` included. */
export type TestJwk = Record<string, unknown> & { readonly kty: string; readonly kid: string; readonly alg: string }

/** A real key pair in the forms that tests need. */
export interface TestKey {
  readonly kid: string
  readonly alg: TestAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** With `kid`, `alg` and `use: 'sig'`. */
  readonly publicJwk: TestJwk
  /** `publicJwk` with the private members. */
  readonly privateJwk: TestJwk
}

export interface TestKeyOptions {
  /** Tells keys of one algorithm apart. Default: the algorithm's name. */
  readonly name?: string
  /** Default: the name. Two names with one `kid` give two keys that claim to be the same. */
  readonly kid?: string
  /** Bits of an RSA modulus. Default 2048; a small one makes a weak key. */
  readonly modulusLength?: number
  /** Default 65537. */
  readonly publicExponent?: number
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** RSA keys take a good part of a second to make, and a key that does not change is as good in every test of a file. */
const made = new Map<string, KeyPair>()

/** A key pair; the same arguments give the same key as long as this process lives. */
export function testKey(alg: TestAlgorithm, options: TestKeyOptions = {}): TestKey {
  const { name = alg, modulusLength = 2048, publicExponent = 65_537 } = options
  const cacheKey = JSON.stringify([alg, name, modulusLength, publicExponent])
  const pair = made.get(cacheKey) ?? generate(alg, modulusLength, publicExponent)
  made.set(cacheKey, pair)
  return testKeyOf(alg, options.kid ?? name, pair)
}

/** Describes a key pair that was made elsewhere. */
export function testKeyOf(alg: TestAlgorithm, kid: string, { privateKey, publicKey }: KeyPair): TestKey {
  const described = { kid, alg, use: 'sig' }
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), ...described } as unknown as TestJwk
  const privateJwk = { ...privateKey.export({ format: 'jwk' }), ...described } as unknown as TestJwk
  return { kid, alg, privateKey, publicKey, publicJwk, privateJwk }
}

function generate(alg: TestAlgorithm, modulusLength: number, publicExponent: number): KeyPair {
  switch (alg) {
    case 'ES256':
    case 'ES384':
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: curves[alg] })
    case 'EdDSA':
    case 'Ed25519':
      return generateKeyPairSync('ed25519')
    default:
      return generateKeyPairSync('rsa', { modulusLength, publicExponent })
  }
}
