import { type CheckedHeader } from './header-rules.js'
import { type KeySetView } from './key-freshness.js'
import { type VerificationKeys } from './key-set.js'
import { issuerOfTenant } from './microsoft-tenants.js'
import { type JsonObject } from './strict-json.js'
import { type NotDecided, notDecided, rejected, type Rejected } from './token-rejection.js'
import { type TrustedIssuer } from './trusted-issuer.js'
import { type VerificationKey } from './verification-key.js'

type Choice = { readonly ok: true; readonly key: VerificationKey } | Rejected | NotDecided

/**
 * Chooses the one key that may have signed: by kid and algorithm among the keys of this issuer, without kid only if there is exactly
 * one key at all. Trying several would let a stranger's key answer for another.
 */
export function chooseKey(view: KeySetView, header: CheckedHeader, claims: JsonObject, issuer: TrustedIssuer): Choice {
  const { keys, freshness } = view
  if (keys === undefined || keys.keys.length === 0) return notDecided('key.set_unavailable')
  if (freshness === 'expired') return notDecided('key.set_too_old')
  const choice = header.kid === undefined ? onlyKey(keys, header) : keyOfKid(keys, header, header.kid, freshness === 'stale')
  if (!choice.ok || servesIssuer(choice.key, claims, issuer)) return choice
  return rejected('key.issuer_mismatch')
}

function onlyKey({ keys }: VerificationKeys, { alg }: CheckedHeader): Choice {
  const [key, ...others] = keys
  if (key === undefined || others.length > 0) return rejected('key.kid_required')
  return key.algorithms.has(alg) ? { ok: true, key } : rejected('key.algorithm_mismatch')
}

function keyOfKid(keys: VerificationKeys, { alg }: CheckedHeader, kid: string, stale: boolean): Choice {
  if (keys.refusedKids.has(kid)) return rejected('key.duplicate_kid')
  const named = keys.withKid(kid)
  if (named.length === 0) return stale ? notDecided('key.unknown_kid_in_stale_set') : rejected('key.unknown_kid')
  const [key, ...others] = named.filter((candidate) => candidate.algorithms.has(alg))
  if (key === undefined) return rejected('key.algorithm_mismatch')
  return others.length > 0 ? rejected('key.ambiguous') : { ok: true, key }
}

/**
 * Microsoft states in a key which issuer it serves, with `{tenantid}` for all; without this check the keys of personal accounts
 * could sign for a company's tenant.
 */
function servesIssuer(key: VerificationKey, claims: JsonObject, issuer: TrustedIssuer): boolean {
  const serves = key.jwk.issuer
  if (issuer.type !== 'microsoft' || serves === undefined) return true
  const tenantId = claims['tid']
  return claims['iss'] === (typeof tenantId === 'string' ? issuerOfTenant(serves, tenantId) : serves)
}
