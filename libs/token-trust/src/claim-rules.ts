import { claimValue } from './claim-readers.js'
import { issuerOfTenant } from './microsoft-tenants.js'
import { type JsonObject } from './strict-json.js'
import { rejected, type Rejected } from './token-rejection.js'
import { type TrustedIssuer } from './trusted-issuer.js'

type Checked<T> = ({ readonly ok: true } & T) | Rejected

/** Latest time that a date can express, in seconds; also keeps arithmetic exact. */
const maxTime = 8_640_000_000_000

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= maxTime

/** `iss` byte for byte; for Microsoft's template the tenant of the token besides. */
export function checkIssuer(claims: JsonObject, issuer: TrustedIssuer): Checked<{ readonly issuer: string }> {
  const { iss, tid } = claims
  if (typeof iss !== 'string' || iss === '') return rejected('issuer_invalid')
  if (!issuer.isTemplate) return issuer.concreteIssuers.has(iss) ? { ok: true, issuer: iss } : rejected('issuer_mismatch')
  if (issuer.concreteIssuers.size === 0) return rejected('issuer_misconfigured')
  const ofTenant = typeof tid === 'string' ? issuerOfTenant(issuer.issuer, tid) : undefined
  if (ofTenant === undefined || !issuer.concreteIssuers.has(ofTenant)) return rejected('tenant_not_allowed')
  return iss === ofTenant ? { ok: true, issuer: iss } : rejected('issuer_mismatch')
}

/** One of the allowed audiences must be in `aud`, or for access tokens of Cognito, which have none, be the `client_id`. */
export function checkAudience(claims: JsonObject, issuer: TrustedIssuer): Checked<{ readonly audiences: readonly string[] }> {
  const audiences = audiencesOf(claims, issuer)
  if (!Array.isArray(audiences)) return rejected(audiences)
  return audiences.some((audience) => issuer.allowedAudiences.has(audience)) ? { ok: true, audiences } : rejected('audience_not_allowed')
}

function audiencesOf(claims: JsonObject, issuer: TrustedIssuer): string[] | 'audience_missing' | 'audience_invalid' {
  const aud = issuer.type === 'cognito' && claims['token_use'] === 'access' ? (claims['aud'] ?? claims['client_id']) : claims['aud']
  if (aud === undefined) return 'audience_missing'
  if (typeof aud === 'string') return [aud]
  if (!Array.isArray(aud) || !aud.every((member) => typeof member === 'string')) return 'audience_invalid'
  return aud.length === 0 ? 'audience_missing' : aud
}

/** Times of a token that were checked; seconds since the epoch. */
export interface TokenTimes {
  readonly expiresAtSeconds: number
  /** `undefined` only where the registration does not ask for it. */
  readonly issuedAtSeconds: number | undefined
}

/**
 * `exp`, `iat`, `nbf`, lifetime and age, all with the skew of the registration (RFC 7519 §4.1.4–4.1.6). Each comparison asks whether
 * the token is good, so that a NaN in skew, limit or clock rejects.
 */
export function checkTimes(claims: JsonObject, issuer: TrustedIssuer, nowSeconds: number): Checked<TokenTimes> {
  const { exp, iat, nbf } = claims
  const skew = issuer.clockSkewSeconds
  if (exp === undefined) return rejected('expiry_missing')
  if (!isTime(exp)) return rejected('expiry_invalid')
  if (iat !== undefined && !isTime(iat)) return rejected('issued_at_invalid')
  if (iat === undefined && issuer.maxTokenAgeSeconds !== null) return rejected('issued_at_missing')
  if (nbf !== undefined && !isTime(nbf)) return rejected('not_before_invalid')
  if (!(exp + skew > nowSeconds)) return rejected('expired', `${Math.round(nowSeconds - exp)} s ago`)
  if (nbf !== undefined && !(nbf - skew <= nowSeconds)) return rejected('not_yet_valid', `in ${Math.round(nbf - nowSeconds)} s`)
  if (!(exp - (iat ?? nowSeconds) <= issuer.maxTokenLifetimeSeconds)) return rejected('lifetime_too_long')
  if (iat === undefined) return { ok: true, expiresAtSeconds: exp, issuedAtSeconds: undefined }
  if (!(iat - skew <= nowSeconds)) return rejected('issued_in_future', `by ${Math.round(iat - nowSeconds)} s`)
  if (iat > exp) return rejected('issued_after_expiry')
  const maxAge = issuer.maxTokenAgeSeconds
  if (maxAge !== null && !(nowSeconds - iat <= maxAge + skew)) return rejected('too_old', `${Math.round(nowSeconds - iat)} s`)
  return { ok: true, expiresAtSeconds: exp, issuedAtSeconds: iat }
}

/** Control characters and line separators: a subject goes into logs, headers and identifiers. */
const unprintable = /[\p{Cc}\u2028\u2029]/u

/** `sub`: a string of 1 to 255 characters without control characters (OpenID Connect Core §2). */
export function checkSubject(claims: JsonObject): Checked<{ readonly subject: string }> {
  const sub = claims['sub']
  if (typeof sub !== 'string' || sub === '' || sub.length > 255 || unprintable.test(sub)) return rejected('subject_invalid')
  return { ok: true, subject: sub }
}

/** The registration's own conditions: the owner of a shared issuer, required claims, then the condition. */
export function checkConditions(claims: JsonObject, issuerName: string, issuer: TrustedIssuer): Rejected | undefined {
  const ownerClaims = issuer.ownerless.get(issuerName)
  if (ownerClaims) return rejected('condition_required', ownerClaims.join(' '))
  for (const [claim, values] of issuer.requiredClaims) {
    if (!hasOneOf(claimValue(claims, claim), values)) return rejected('required_claim_not_met', claim)
  }
  if (!issuer.condition) return undefined
  const outcome = evaluate(issuer.condition, claims)
  return outcome === 'true' ? undefined : rejected('condition_not_met', outcome)
}

const hasOneOf = (value: unknown, values: ReadonlySet<unknown>): boolean =>
  Array.isArray(value) ? value.some((element) => values.has(element)) : values.has(value)

function evaluate(condition: (claims: JsonObject) => unknown, claims: JsonObject): 'true' | 'false' | 'not a boolean' | 'failed' {
  try {
    const outcome = condition(claims)
    return outcome === true ? 'true' : outcome === false ? 'false' : 'not a boolean'
  } catch {
    return 'failed' // whatever an expression can throw, it did not say yes
  }
}

/** `jti` where the registration takes every token once; 1 to 255 characters. */
export function checkTokenId(claims: JsonObject, issuer: TrustedIssuer): Checked<{ readonly tokenId: string | undefined }> {
  const jti = claims['jti']
  const usable = typeof jti === 'string' && jti !== '' && jti.length <= 255
  if (issuer.singleUse && !usable) return rejected('jti_missing')
  return { ok: true, tokenId: usable ? jti : undefined }
}
