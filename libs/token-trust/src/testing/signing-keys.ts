import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

import { type SignatureAlgorithm } from '../algorithms.js'

/** A real key pair of a provider, with the JWK that it publishes. */
export interface SigningKey {
  readonly alg: SignatureAlgorithm
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What the provider's JWKS says of it. */
  readonly jwk: Readonly<Record<string, unknown>>
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const

function pairFor(alg: SignatureAlgorithm, modulusLength: number) {
  if (alg === 'EdDSA' || alg === 'Ed25519') return generateKeyPairSync('ed25519')
  if (alg === 'ES256' || alg === 'ES384' || alg === 'ES512') return generateKeyPairSync('ec', { namedCurve: curves[alg] })
  return generateKeyPairSync('rsa', { modulusLength })
}

/** Generates a key; RSA ones have 2048 bits unless said otherwise. */
export function aSigningKey(kid: string, alg: SignatureAlgorithm = 'ES256', modulusLength = 2048): SigningKey {
  const { privateKey, publicKey } = pairFor(alg, modulusLength)
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

/** Signs bytes as the algorithm says, without looking at them: what jose would refuse to sign can be signed too. */
export function signBytes(alg: SignatureAlgorithm, privateKey: KeyObject, input: string): Buffer {
  const bytes = Buffer.from(input)
  if (alg === 'EdDSA' || alg === 'Ed25519') return sign(null, bytes, privateKey)
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('ES')) return sign(hash, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  if (alg.startsWith('RS')) return sign(hash, bytes, privateKey)
  return sign(hash, bytes, { key: privateKey, padding: 6 /* RSA_PKCS1_PSS_PADDING */, saltLength: -1 /* length of the digest */ })
}
