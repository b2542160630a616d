import { createPublicKey, type JsonWebKey, type KeyObject, type webcrypto } from 'node:crypto'

import { algorithmRules, isSignatureAlgorithm, type SignatureAlgorithm, signatureAlgorithms, withBothNames } from './algorithms.js'
import { isCanonicalBase64url } from './base64url.js'
import { rsaWeakness, type RsaWeakness } from './rsa-modulus.js'

/** The members of a JWK that verification needs; what a key set is stored and published as. Nothing private can be in it. */
export interface PublicJwk {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly kid?: string
  readonly alg?: SignatureAlgorithm
  readonly use?: 'sig'
  readonly crv?: string
  readonly n?: string
  readonly e?: string
  readonly x?: string
  readonly y?: string
  /** Microsoft: the issuer, or issuer template, that the key serves. */
  readonly issuer?: string
}

/** A key that passed every rule and is ready to verify. */
export interface VerificationKey {
  readonly jwk: PublicJwk
  readonly kid: string | undefined
  /** Algorithms that the key may serve, in both names where there are two. */
  readonly algorithms: ReadonlySet<SignatureAlgorithm>
  /** The imported key for one of its algorithms; imported once and kept. */
  cryptoKeyFor(algorithm: SignatureAlgorithm): webcrypto.CryptoKey
}

/** Why one member of a key set is not used. */
export type KeyDropReason =
  | 'malformed'
  | 'symmetric'
  | 'private'
  | 'unsupported_type'
  | 'unsupported_algorithm'
  | 'algorithm_mismatch'
  | 'not_for_signing'
  | RsaWeakness
  | 'weak_point'
  | 'duplicate_kid'

export type KeyAcceptance = { readonly ok: true; readonly key: VerificationKey } | { readonly ok: false; readonly reason: KeyDropReason }

const dropped = (reason: KeyDropReason): KeyAcceptance => ({ ok: false, reason })

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

export const maxKidLength = 256

/** Judges one member of a JWKS (RFC 7517 §4) by the rules of `docs/protocol.md`, "Keys of an IdP". Never throws. */
export function acceptJwk(candidate: unknown): KeyAcceptance {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return dropped('malformed')
  const jwk = candidate as Readonly<Record<string, unknown>>
  if (jwk['kty'] === 'oct') return dropped('symmetric')
  if (privateMembers.some((name) => jwk[name] !== undefined)) return dropped('private')
  const kid = jwk['kid']
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > maxKidLength)) return dropped('malformed')
  const purpose = purposeProblem(jwk)
  if (purpose !== undefined) return dropped(purpose)
  const numbers = publicNumbers(jwk)
  if (!numbers.ok) return numbers
  const algorithms = servedAlgorithms(numbers.jwk, jwk['alg'])
  if (!algorithms.ok) return algorithms
  const publicJwk: PublicJwk = {
    ...numbers.jwk,
    ...(kid === undefined ? {} : { kid }),
    ...(algorithms.alg === undefined ? {} : { alg: algorithms.alg }),
    ...(jwk['use'] === undefined ? {} : { use: 'sig' }),
    ...(typeof jwk['issuer'] === 'string' ? { issuer: jwk['issuer'] } : {}),
  }
  const keyObject = importPublic(publicJwk)
  if (keyObject === undefined) return dropped('malformed')
  return { ok: true, key: new ImportedKey(publicJwk, algorithms.names, keyObject) }
}

/** `use` and `key_ops` (RFC 7517 §4.2, §4.3): absent means unrestricted. */
function purposeProblem(jwk: Readonly<Record<string, unknown>>): KeyDropReason | undefined {
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return 'not_for_signing'
  if (operations === undefined) return undefined
  if (!Array.isArray(operations)) return 'malformed'
  return operations.includes('verify') ? undefined : 'not_for_signing'
}

type Numbers = { readonly ok: true; readonly jwk: PublicJwk } | { readonly ok: false; readonly reason: KeyDropReason }

function publicNumbers(jwk: Readonly<Record<string, unknown>>): Numbers {
  const drop = (reason: KeyDropReason): Numbers => ({ ok: false, reason })
  const { kty, crv } = jwk
  if (kty === 'RSA') {
    const n = octets(jwk['n'])
    const e = octets(jwk['e'])
    if (!n || !e) return drop('malformed')
    const weakness = rsaWeakness(n.bytes, e.bytes)
    return weakness ? drop(weakness) : { ok: true, jwk: { kty, n: n.text, e: e.text } }
  }
  const x = octets(jwk['x'])
  if (kty === 'EC' && (crv === 'P-256' || crv === 'P-384' || crv === 'P-521')) {
    const y = octets(jwk['y'])
    const size = coordinateSizes[crv]
    if (x?.bytes.length !== size || y?.bytes.length !== size) return drop('malformed')
    return { ok: true, jwk: { kty, crv, x: x.text, y: y.text } }
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    if (x?.bytes.length !== 32) return drop('malformed')
    return isSmallOrderPoint(x.bytes) ? drop('weak_point') : { ok: true, jwk: { kty, crv, x: x.text } }
  }
  return drop(typeof kty === 'string' ? 'unsupported_type' : 'malformed')
}

const coordinateSizes = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const

function octets(value: unknown): { readonly text: string; readonly bytes: Buffer } | undefined {
  return typeof value === 'string' && isCanonicalBase64url(value) ? { text: value, bytes: Buffer.from(value, 'base64url') } : undefined
}

/** y coordinates of the points of order 1, 2, 4 and 8 on edwards25519, little endian; with such a key anybody can sign. */
const smallOrderPoints = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

function isSmallOrderPoint(bytes: Buffer): boolean {
  const withoutSign = Buffer.from(bytes)
  withoutSign.writeUInt8(withoutSign.readUInt8(31) & 0x7f, 31)
  return smallOrderPoints.has(withoutSign.toString('hex'))
}

type Served =
  | { readonly ok: true; readonly names: ReadonlySet<SignatureAlgorithm>; readonly alg: SignatureAlgorithm | undefined }
  | { readonly ok: false; readonly reason: KeyDropReason }

/** By `alg` where the key states it, else by type and curve (Microsoft publishes none). */
function servedAlgorithms(jwk: PublicJwk, alg: unknown): Served {
  const fitting = signatureAlgorithms.filter((name) => algorithmRules[name].kty === jwk.kty && algorithmRules[name].crv === jwk.crv)
  if (alg === undefined) return { ok: true, names: new Set(fitting), alg: undefined }
  if (!isSignatureAlgorithm(alg)) return { ok: false, reason: 'unsupported_algorithm' }
  if (!fitting.includes(alg)) return { ok: false, reason: 'algorithm_mismatch' }
  return { ok: true, names: withBothNames([alg]), alg }
}

function importPublic(jwk: PublicJwk): KeyObject | undefined {
  try {
    const { kty, n, e, crv, x, y } = jwk
    const numbers = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
    return createPublicKey({ key: numbers as JsonWebKey, format: 'jwk' })
  } catch {
    return undefined // a point that is not on its curve, for instance
  }
}

class ImportedKey implements VerificationKey {
  readonly kid: string | undefined
  private readonly imported = new Map<SignatureAlgorithm, webcrypto.CryptoKey>()

  constructor(
    readonly jwk: PublicJwk,
    readonly algorithms: ReadonlySet<SignatureAlgorithm>,
    private readonly keyObject: KeyObject,
  ) {
    this.kid = jwk.kid
  }

  cryptoKeyFor(algorithm: SignatureAlgorithm): webcrypto.CryptoKey {
    const known = this.imported.get(algorithm)
    if (known) return known
    const key = this.keyObject.toCryptoKey(algorithmRules[algorithm].webCrypto, true, ['verify'])
    this.imported.set(algorithm, key)
    return key
  }
}
