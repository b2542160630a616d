import { isUtf8 } from 'node:buffer'

import { isCanonicalBase64url } from './base64url.js'
import { type JsonObject, parseStrictJson } from './strict-json.js'
import { rejected, type Rejected } from './token-rejection.js'

/** Longest token that is looked at, in characters (all ASCII). */
export const maxTokenLength = 16_384

/** A token that is well formed and nothing more: nobody has checked who made it. */
export interface UnverifiedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** The three segments as they came; the signature covers the first two. */
  readonly protectedSegment: string
  readonly payloadSegment: string
  readonly signatureSegment: string
}

export type UnverifiedJwtResult = { readonly ok: true; readonly jwt: UnverifiedJwt } | Rejected

/**
 * Reads a compact JWS: size, three segments of canonical base64url, UTF-8 without BOM, JSON objects of one meaning. Verifies
 * nothing. Parse once and hand the result to {@link unverifiedIssuer} and to `verifyToken`.
 */
export function readUnverifiedJwt(token: string): UnverifiedJwtResult {
  if (token.length > maxTokenLength) return rejected('too_large')
  const segments = token.split('.', 6)
  if (segments.length === 5) return rejected('encrypted')
  const [protectedSegment, payloadSegment, signatureSegment] = segments
  if (segments.length !== 3 || !protectedSegment || !payloadSegment || !signatureSegment) return rejected('bad_segments')
  if (!isCanonicalBase64url(protectedSegment) || !isCanonicalBase64url(payloadSegment) || !isCanonicalBase64url(signatureSegment))
    return rejected('bad_base64url')
  const header = decodeObject(protectedSegment)
  if (!header.ok) return header
  const claims = decodeObject(payloadSegment)
  if (!claims.ok) return claims
  return { ok: true, jwt: { header: header.value, claims: claims.value, protectedSegment, payloadSegment, signatureSegment } }
}

/**
 * The issuer that a token claims, **for finding its registration only**: nothing may be decided by it before `verifyToken` compared
 * it with the registration's. Rejections: `issuer_invalid`.
 */
export function unverifiedIssuer(jwt: UnverifiedJwt): { readonly ok: true; readonly issuer: string } | Rejected {
  const issuer = jwt.claims['iss']
  return typeof issuer === 'string' && issuer !== '' ? { ok: true, issuer } : rejected('issuer_invalid')
}

function decodeObject(segment: string): { readonly ok: true; readonly value: JsonObject } | Rejected {
  const bytes = Buffer.from(segment, 'base64url')
  if (!isUtf8(bytes)) return rejected('bad_utf8')
  const text = bytes.toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) return rejected('bad_utf8')
  const json = parseStrictJson(text)
  return json.ok ? json : rejected(json.problem)
}
