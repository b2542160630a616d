import { constants, type KeyObject, sign } from 'node:crypto'

import { type TestAlgorithm, type TestKey } from './test-key.js'

/**
 * Signs as RFC 7518 §3 says for the algorithm, with `node:crypto` rather than a JOSE library: those refuse to make what
 * tests of refusals need, a signature by a weak key for one.
 */
export function jwsSignature(alg: TestAlgorithm, privateKey: KeyObject, signingInput: string): Buffer {
  const data = Buffer.from(signingInput)
  const hash = `sha${alg.slice(2)}`
  switch (alg) {
    case 'EdDSA':
    case 'Ed25519':
      return sign(null, data, privateKey)
    case 'ES256':
    case 'ES384':
    case 'ES512':
      return sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    case 'PS256':
    case 'PS384':
    case 'PS512':
      return sign(hash, data, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    default:
      return sign(hash, data, privateKey)
  }
}

/** Makes the last segment of a token from its first two. A text is taken as it is, bytes are written in base64url. */
export type Signer = (signingInput: string) => Buffer | string

/** Signs with a key, by its own algorithm or by another one of its kind. */
export function signedBy(key: TestKey, alg: TestAlgorithm = key.alg): Signer {
  return (signingInput) => jwsSignature(alg, key.privateKey, signingInput)
}
