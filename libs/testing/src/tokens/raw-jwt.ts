import { createHmac, type KeyObject, sign } from 'node:crypto'

import { type Signer } from '../keys/jws-signature.js'

/** The content of one segment: an object is written as JSON, a text or bytes are taken as they are. */
export type SegmentContent = string | Uint8Array | object

export interface RawJwt {
  readonly header: SegmentContent
  readonly payload: SegmentContent
  /** Default: an empty signature. `signedBy`, `hmacBy`, `derSignedBy` and any function of a test make others. */
  readonly sign?: Signer
}

/**
 * A compact JWS of exactly the given bytes, however wrong: duplicate members, a BOM, no JSON at all. Nothing is added,
 * not even `alg`.
 */
export function rawJwt({ header, payload, sign: signer = () => '' }: RawJwt): string {
  const signingInput = `${segment(header)}.${segment(payload)}`
  const signature = signer(signingInput)
  return `${signingInput}.${typeof signature === 'string' ? signature : signature.toString('base64url')}`
}

function segment(content: SegmentContent): string {
  if (typeof content === 'string') return Buffer.from(content).toString('base64url')
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64url')
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** An HMAC as of HS256 and its kin under any bytes: the PEM of a public key, an empty key, zeros. */
export function hmacBy(secret: string | Uint8Array, hash: 'sha256' | 'sha384' | 'sha512' = 'sha256'): Signer {
  return (signingInput) => createHmac(hash, secret).update(signingInput).digest()
}

/** A correct ECDSA signature in ASN.1 DER, which JWS does not allow (RFC 7518 §3.4). */
export function derSignedBy({ privateKey }: { readonly privateKey: KeyObject }): Signer {
  return (signingInput) => sign('sha256', Buffer.from(signingInput), { key: privateKey, dsaEncoding: 'der' })
}

/** Signs, then lets the test change the bytes. */
export function tamperedWith(signer: Signer, change: (signature: Buffer) => Buffer): Signer {
  return (signingInput) => {
    const signature = signer(signingInput)
    if (typeof signature === 'string') throw new TypeError('this signature is no bytes')
    return change(Buffer.from(signature))
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * The same bytes in another spelling: a bit of the last character that no decoder looks at is set (RFC 4648 §3.5).
 *
 * @throws TypeError when the segment has no such bit, that is, when its length is a multiple of four
 */
export function nonCanonical(token: string, segmentIndex: 0 | 1 | 2): string {
  const segments = token.split('.')
  const text = segments[segmentIndex] ?? ''
  if (text.length % 4 === 0) throw new TypeError('this segment has no unused bits; lengthen its content by a byte')
  segments[segmentIndex] = text.slice(0, -1) + (alphabet[alphabet.indexOf(text.slice(-1)) ^ 1] ?? '')
  return segments.join('.')
}

/** Flips one bit of a segment's bytes; bits count from the first byte's lowest. */
export function bitFlipped(token: string, segmentIndex: 0 | 1 | 2, bit: number): string {
  const segments = token.split('.')
  const bytes = Buffer.from(segments[segmentIndex] ?? '', 'base64url')
  const index = Math.floor(bit / 8)
  const byte = bytes[index]
  if (byte === undefined) throw new TypeError('this segment has fewer bits')
  bytes[index] = byte ^ (1 << (bit % 8))
  segments[segmentIndex] = bytes.toString('base64url')
  return segments.join('.')
}
