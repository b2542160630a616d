import { type SubjectTokenType } from '@cambio/oauth'
import { flattenedVerify } from 'jose'

import { type SignatureAlgorithm } from './algorithms.js'
import { checkAudience, checkConditions, checkIssuer, checkSubject, checkTimes, checkTokenId } from './claim-rules.js'
import { type CheckedHeader, checkHeader } from './header-rules.js'
import { type KeySetView } from './key-freshness.js'
import { chooseKey } from './key-selection.js'
import { type JsonObject } from './strict-json.js'
import { checkKind, type TokenKind } from './token-kind.js'
import { type NotDecided, rejected, type Rejected } from './token-rejection.js'
import { type TrustedIssuer } from './trusted-issuer.js'
import { type UnverifiedJwt } from './unverified-jwt.js'
import { type VerificationKey } from './verification-key.js'

/** What the gate decides by. Nothing in it can be left out. */
export interface TokenToVerify {
  readonly token: UnverifiedJwt
  /** The registration that was found by (organization, unverified `iss`). */
  readonly issuer: TrustedIssuer
  readonly keys: KeySetView
  /** What the request calls the token. */
  readonly declaredType: SubjectTokenType
  /** The time to decide by; seconds since the epoch, fractions allowed. */
  readonly nowSeconds: number
}

/** A token that passed the gate. */
export interface VerifiedToken {
  /** `iss`; one of the registration's issuers. */
  readonly issuer: string
  readonly subject: string
  /** `aud` as a list (Cognito access tokens: the client id); at least one is an allowed audience. */
  readonly audiences: readonly string[]
  readonly kind: TokenKind
  readonly claims: JsonObject
  readonly algorithm: SignatureAlgorithm
  /** `kid` of the key that verified; `undefined` if the key has none. */
  readonly keyId: string | undefined
  readonly expiresAtSeconds: number
  readonly issuedAtSeconds: number | undefined
  /** `jti`, if usable as one. With `singleUse` always present: claim it before anything is issued. */
  readonly tokenId: string | undefined
}

/** Verified, rejected, or not decidable for want of keys. */
export type TokenVerification = { readonly ok: true; readonly token: VerifiedToken } | Rejected | NotDecided

/**
 * The gate that every outside token passes, in the order of `docs/protocol.md`, "Verifying an outside JWT: the gate"; the steps
 * before it are `readUnverifiedJwt`. Never throws on a token. Single use of `jti` is left to the caller, who owns the store.
 */
export async function verifyToken({ token, issuer, keys, declaredType, nowSeconds }: TokenToVerify): Promise<TokenVerification> {
  const { claims } = token
  const header = checkHeader(token.header, issuer)
  if (!header.ok) return header
  const kind = checkKind(header.header.typ, claims, issuer, declaredType)
  if (!kind.ok) return kind
  const choice = chooseKey(keys, header.header, claims, issuer)
  if (!choice.ok) return choice
  if (!(await hasValidSignature(token, header.header, choice.key))) return rejected('signature_invalid')
  const claimed = checkClaims(claims, issuer, nowSeconds)
  if (!claimed.ok) return claimed
  return { ok: true, token: { ...claimed.token, kind: kind.kind, algorithm: header.header.alg, keyId: choice.key.kid } }
}

async function hasValidSignature(token: UnverifiedJwt, { alg }: CheckedHeader, key: VerificationKey): Promise<boolean> {
  const jws = { protected: token.protectedSegment, payload: token.payloadSegment, signature: token.signatureSegment }
  try {
    await flattenedVerify(jws, key.cryptoKeyFor(alg), { algorithms: [alg] })
    return true
  } catch {
    return false // whatever went wrong, nobody has shown that the provider signed this
  }
}

type ClaimedToken = Omit<VerifiedToken, 'kind' | 'algorithm' | 'keyId'>

/** The claims of a token whose signature is known to be right. */
function checkClaims(
  claims: JsonObject,
  issuer: TrustedIssuer,
  nowSeconds: number,
): { readonly ok: true; readonly token: ClaimedToken } | Rejected {
  const named = checkIssuer(claims, issuer)
  if (!named.ok) return named
  const meant = checkAudience(claims, issuer)
  if (!meant.ok) return meant
  const times = checkTimes(claims, issuer, nowSeconds)
  if (!times.ok) return times
  const subject = checkSubject(claims)
  if (!subject.ok) return subject
  const refused = checkConditions(claims, named.issuer, issuer)
  if (refused) return refused
  const tokenId = checkTokenId(claims, issuer)
  if (!tokenId.ok) return tokenId
  return {
    ok: true,
    token: {
      issuer: named.issuer,
      subject: subject.subject,
      audiences: meant.audiences,
      claims,
      expiresAtSeconds: times.expiresAtSeconds,
      issuedAtSeconds: times.issuedAtSeconds,
      tokenId: tokenId.tokenId,
    },
  }
}
