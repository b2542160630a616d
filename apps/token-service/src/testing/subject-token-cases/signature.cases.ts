import {
  bitFlipped,
  aSubjectToken,
  derSignedBy,
  hmacBy,
  ISSUER_B,
  keyA,
  keyB,
  rawJwt,
  type Signer,
  signedBy,
  tamperedWith,
  testKey,
} from '@cambio/testing'

import { goodClaims, goodHeader, type SubjectTokenCase, token } from './subject-token-case.js'

const NOT_ALLOWED = 'subject_token.algorithm_not_allowed'
const INVALID = 'subject_token.signature_invalid'
const HEADER = 'subject_token.header_not_allowed'

const forged =
  (header: Readonly<Record<string, unknown>>, sign: Signer): SubjectTokenCase['token'] =>
  (nowSeconds) =>
    rawJwt({ header: { ...goodHeader, ...header }, payload: goodClaims(nowSeconds), sign })

const ofB =
  (sign: Signer): SubjectTokenCase['token'] =>
  (nowSeconds) =>
    rawJwt({ header: { alg: 'ES256', kid: keyB().kid, typ: 'JWT' }, payload: { ...goodClaims(nowSeconds), iss: ISSUER_B }, sign })

const stranger = testKey('RS256', { name: 'stranger' })

/** The order of P-256 (FIPS 186-4 D.1.2.3). */
const P256_ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')

const resized = (bytes: number): Signer =>
  tamperedWith(signedBy(keyB()), (signature) => Buffer.concat([signature, Buffer.alloc(2)]).subarray(0, bytes))

const hmacSecrets: readonly (readonly [id: string, name: string, secret: () => string | Uint8Array])[] = [
  ['ST-05', 'the PEM of the public key', () => keyA().publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ['ST-05', 'the DER of the public key', () => keyA().publicKey.export({ type: 'spki', format: 'der' })],
  ['ST-05', 'the modulus', () => Buffer.from(keyA().publicJwk['n'] as string, 'base64url')],
  ['ST-05', 'the kid', () => keyA().kid],
  ['ST-07', 'an empty key', () => ''],
  ['ST-07', 'a key of one byte', () => 'x'],
  ['ST-08', 'zeros', () => Buffer.alloc(32)],
]

/** Signatures that nobody should believe. */
export const signatureCases: readonly SubjectTokenCase[] = [
  ...['none', 'None', 'noNE', ''].flatMap((alg): SubjectTokenCase[] => [
    {
      id: 'ST-04',
      name: `alg ${JSON.stringify(alg)} without a signature`,
      reason: 'subject_token.bad_segments',
      token: forged({ alg }, () => ''),
    },
    { id: 'ST-04', name: `alg ${JSON.stringify(alg)} with a signature`, reason: NOT_ALLOWED, token: forged({ alg }, signedBy(keyA())) },
  ]),
  ...hmacSecrets.map(([id, name, secret]): SubjectTokenCase => ({
    id,
    name: `HS256 keyed with ${name}`,
    reason: NOT_ALLOWED,
    token: (nowSeconds) => forged({ alg: 'HS256' }, hmacBy(secret()))(nowSeconds),
  })),
  { id: 'ST-10', name: 'an ES256 signature of zeros', reason: INVALID, token: ofB(() => Buffer.alloc(64)) },
  { id: 'ST-10', name: 'an ES256 signature in DER', reason: INVALID, token: ofB(derSignedBy(keyB())) },
  { id: 'ST-10', name: 'an ES256 signature of 63 bytes', reason: INVALID, token: ofB(resized(63)) },
  { id: 'ST-10', name: 'an ES256 signature of 65 bytes', reason: INVALID, token: ofB(resized(65)) },
  {
    id: 'ST-10',
    name: 'an ES256 signature with r = n',
    reason: INVALID,
    token: ofB(tamperedWith(signedBy(keyB()), (signature) => Buffer.concat([P256_ORDER, signature.subarray(32)]))),
  },
  {
    id: 'ST-10',
    name: 'an ES256 signature with s = n',
    reason: INVALID,
    token: ofB(tamperedWith(signedBy(keyB()), (signature) => Buffer.concat([signature.subarray(0, 32), P256_ORDER]))),
  },
  {
    id: 'ST-11',
    name: 'a key in the header that signed it',
    reason: HEADER,
    token: forged({ jwk: stranger.publicJwk }, signedBy(stranger)),
  },
  {
    id: 'ST-11',
    name: 'the address of a key set in the header',
    reason: HEADER,
    token: forged({ jku: 'https://attacker.test/jwks' }, signedBy(stranger)),
  },
  { id: 'ST-13', name: 'a certificate chain in the header', reason: HEADER, token: forged({ x5c: ['MIIB'] }, signedBy(stranger)) },
  { id: 'ST-40', name: 'b64 without crit', reason: HEADER, token: forged({ b64: false }, signedBy(keyA())) },
  { id: 'ST-40', name: 'b64 with crit', reason: HEADER, token: forged({ b64: false, crit: ['b64'] }, signedBy(keyA())) },
  { id: 'ST-44', name: 'a nested token', reason: HEADER, token: forged({ cty: 'JWT' }, signedBy(keyA())) },
  { id: 'ST-14', name: 'a kid that is a path', reason: 'key.unknown_kid', token: token({ header: { kid: '../../etc/passwd' } }) },
  { id: 'ST-14', name: 'a kid that is SQL', reason: 'key.unknown_kid', token: token({ header: { kid: "' OR 1=1--" } }) },
  { id: 'ST-14', name: 'a kid with a newline', reason: 'key.unknown_kid', token: token({ header: { kid: 'a\nlevel=info' } }) },
  { id: 'ST-14', name: 'a kid that is a query', reason: 'subject_token.kid_invalid', token: token({ header: { kid: { $ne: 1 } } }) },
  { id: 'ST-14', name: 'a kid of 10 kB', reason: 'subject_token.kid_invalid', token: token({ header: { kid: 'k'.repeat(10_000) } }) },
  { id: 'ST-14', name: 'a kid that is a number', reason: 'subject_token.kid_invalid', token: token({ header: { kid: 1 } }) },
  ...Array.from({ length: 32 }, (_, index): SubjectTokenCase => {
    const bit = index * 64 + (index % 8)
    return {
      id: 'ST-55',
      name: `bit ${bit} of the signature flipped`,
      reason: INVALID,
      token: (now) => bitFlipped(aSubjectToken({ nowSeconds: now }), 2, bit),
    }
  }),
  {
    id: 'ST-56',
    name: 'a truncated RSA signature',
    reason: INVALID,
    token: forged(
      {},
      tamperedWith(signedBy(keyA()), (signature) => signature.subarray(0, 255)),
    ),
  },
  {
    id: 'ST-56',
    name: 'an RSA signature with a leading zero',
    reason: INVALID,
    token: forged(
      {},
      tamperedWith(signedBy(keyA()), (signature) => Buffer.concat([Buffer.alloc(1), signature])),
    ),
  },
  {
    id: 'ST-59',
    name: 'no kid where the provider has two keys',
    reason: 'key.kid_required',
    token: token({ issuer: 'https://two-keys.test', header: { kid: undefined } }),
  },
  {
    id: 'ST-61',
    name: 'ES256 by a key of P-384',
    reason: 'key.algorithm_mismatch',
    token: token({ issuer: 'https://two-keys.test', key: testKey('ES384', { name: 'p384' }), header: { alg: 'ES256' } }),
  },
  {
    id: 'ST-62',
    name: 'an RSA key of 1,024 bits',
    reason: 'key.unknown_kid',
    token: token({ issuer: 'https://two-keys.test', key: weakKey() }),
  },
  {
    id: 'ST-05',
    name: 'a signature by another provider’s key',
    reason: INVALID,
    token: token({ key: testKey('RS256', { name: 'stranger', kid: 'a1' }) }),
  },
]

/** A key that every provider's set loses when it is accepted. */
export function weakKey() {
  return testKey('RS256', { name: 'weak', modulusLength: 1024 })
}
