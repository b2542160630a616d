import { type VerificationKeys } from './key-set.js'
import { type NotDecided, rejected, type Rejected } from './token-rejection.js'
import { trustIssuer, type TrustedIssuer } from './trusted-issuer.js'
import { readUnverifiedJwt } from './unverified-jwt.js'
import { type VerifiedToken, verifyToken } from './verify-token.js'

/** Longest lifetime of a token that Cambio issues; an older one is none of ours. */
const longestLifetimeSeconds = 86_400

/** Whose tokens are ours, and for whom they must be meant. Build it once. */
export class OwnTokenPolicy {
  readonly issuer: TrustedIssuer
  readonly audience: string

  /**
   * @param issuer the `iss` of issued tokens
   * @param audience what `aud` must be, as its only member: a token for this resource and others is not taken
   */
  constructor(issuer: string, audience: string) {
    this.audience = audience
    this.issuer = trustIssuer({
      issuer,
      allowedAudiences: [audience],
      allowedAlgorithms: ['ES256', 'RS256', 'EdDSA'],
      acceptedTokenTypes: ['access_token'],
      maxTokenAgeSeconds: longestLifetimeSeconds,
      maxTokenLifetimeSeconds: longestLifetimeSeconds,
    })
  }
}

/** An access token of Cambio that was verified. */
export interface OwnAccessToken extends VerifiedToken {
  /** `client_id` (RFC 9068 §2.2). */
  readonly clientId: string
  /** The members of `scope`; empty if the token has none. */
  readonly scopes: ReadonlySet<string>
}

export type OwnTokenVerification = { readonly ok: true; readonly token: OwnAccessToken } | Rejected | NotDecided

/**
 * Verifies an access token that Cambio issued (RFC 9068 §4): the gate of every token, and besides `typ` `at+jwt`, a `kid`
 * among the published signing keys, exactly one audience, and a `client_id`. Never throws on a token.
 *
 * @param keys the signing keys that may verify now; undefined = none are known yet, which decides nothing
 * @param nowSeconds the time to decide by
 */
export async function verifyOwnAccessToken(
  text: string,
  policy: OwnTokenPolicy,
  keys: VerificationKeys | undefined,
  nowSeconds: number,
): Promise<OwnTokenVerification> {
  const read = readUnverifiedJwt(text)
  if (!read.ok) return read
  if (read.jwt.header['kid'] === undefined) return rejected('key.kid_required')
  const verification = await verifyToken({
    token: read.jwt,
    issuer: policy.issuer,
    keys: { keys, freshness: 'fresh' },
    declaredType: 'access_token',
    nowSeconds,
  })
  if (!verification.ok) return verification
  const { token } = verification
  const { client_id: clientId, scope, aud } = token.claims
  if (!Array.isArray(aud) || aud.length !== 1) return rejected('audience_not_allowed')
  if (typeof clientId !== 'string' || clientId === '') return rejected('required_claim_not_met', 'client_id')
  if (scope !== undefined && typeof scope !== 'string') return rejected('required_claim_not_met', 'scope')
  return { ok: true, token: { ...token, clientId, scopes: new Set(scope?.split(' ').filter((name) => name !== '')) } }
}
