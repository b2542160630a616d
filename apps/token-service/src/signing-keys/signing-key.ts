import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { type SigningKeyValue } from '@cambio/contracts'

import { encryptPrivateKey } from './key-encryption.js'

/** Algorithms that our tokens may be signed with; ES256 is the default, as its signatures are cheap to make. */
export type SigningAlgorithm = SigningKeyValue['alg']

const RSA_BITS = 3072

/** Makes a key pair. The private key leaves this function only encrypted; `kid` is the RFC 7638 thumbprint of the public key. */
export async function makeSigningKey(alg: SigningAlgorithm, keyEncryptionKey: Uint8Array, activeFrom: Date): Promise<SigningKeyValue> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA_BITS })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256')
  const { kty } = publicJwk
  if (kty === undefined) throw new TypeError('a JWK has a key type')
  return {
    kid,
    alg,
    publicJwk: { ...publicJwk, kty, kid, alg, use: 'sig' },
    encryptedPrivateKey: encryptPrivateKey(keyEncryptionKey, kid, JSON.stringify(await exportJWK(privateKey))),
    activeFrom: activeFrom.toISOString(),
  }
}
