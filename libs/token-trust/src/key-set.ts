import { type SignatureAlgorithm, withBothNames } from './algorithms.js'
import { acceptJwk, type KeyDropReason, type PublicJwk, type VerificationKey } from './verification-key.js'

/** Most members that one key set may have. */
export const maxKeys = 100

/** A member that is not used, and why. `index` is its place in the set; `kid` only if it is a short string. */
export interface DroppedKey {
  readonly index: number
  readonly kid?: string
  readonly reason: KeyDropReason | 'algorithm_not_allowed'
}

/** Whether a set may replace the last good one: only `usable` may. */
export type KeySetVerdict = 'usable' | 'not_a_key_set' | 'too_many_keys' | 'no_usable_key'

/** The usable keys of one identity provider at one revision. Immutable; imports each key once. */
export class VerificationKeys {
  private readonly byKid = new Map<string, VerificationKey[]>()

  /**
   * @param keys keys that passed {@link acceptKeySet}
   * @param refusedKids kids listed twice for one algorithm: tokens that name them are rejected, not looked up again
   */
  constructor(
    readonly keys: readonly VerificationKey[],
    readonly refusedKids: ReadonlySet<string> = new Set(),
  ) {
    for (const key of keys) {
      if (key.kid === undefined) continue
      const same = this.byKid.get(key.kid)
      if (same) same.push(key)
      else this.byKid.set(key.kid, [key])
    }
  }

  /** Keys of this kid; empty when there is none. */
  withKid(kid: string): readonly VerificationKey[] {
    return this.byKid.get(kid) ?? []
  }

  /** The set as a JWKS of public members only: what a registry stores and publishes. */
  toJwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: this.keys.map((key) => key.jwk) }
  }
}

/** What became of a key set. `keys` is empty unless the verdict is `usable`. */
export interface KeySetAcceptance {
  readonly verdict: KeySetVerdict
  readonly keys: VerificationKeys
  readonly dropped: readonly DroppedKey[]
}

/** Rules that differ by identity provider. */
export interface KeySetRules {
  /** Keys that serve none of these are dropped; default: every algorithm the gate knows. */
  readonly allowedAlgorithms?: readonly SignatureAlgorithm[]
}

const noKeys = new VerificationKeys([])

/**
 * Judges a JWKS (RFC 7517 §5): bad members are dropped one by one with a reason, and the set is usable if one good signing key is
 * left (`docs/protocol.md`, "Keys of an IdP"). Never throws; the input is what `JSON.parse` gave.
 */
export function acceptKeySet(jwks: unknown, rules: KeySetRules = {}): KeySetAcceptance {
  const members = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  if (!Array.isArray(members)) return { verdict: 'not_a_key_set', keys: noKeys, dropped: [] }
  if (members.length > maxKeys) return { verdict: 'too_many_keys', keys: noKeys, dropped: [] }
  const allowed = rules.allowedAlgorithms && withBothNames(rules.allowedAlgorithms)
  const good: { readonly index: number; readonly key: VerificationKey }[] = []
  const dropped: DroppedKey[] = []
  members.forEach((member: unknown, index) => {
    const acceptance = acceptJwk(member)
    if (!acceptance.ok) dropped.push(droppedKey(index, member, acceptance.reason))
    else if (allowed && ![...acceptance.key.algorithms].some((name) => allowed.has(name)))
      dropped.push(droppedKey(index, member, 'algorithm_not_allowed'))
    else good.push({ index, key: acceptance.key })
  })
  const refusedKids = duplicateKids(good.map(({ key }) => key))
  const keys: VerificationKey[] = []
  for (const { index, key } of good) {
    if (key.kid !== undefined && refusedKids.has(key.kid)) dropped.push({ index, kid: key.kid, reason: 'duplicate_kid' })
    else keys.push(key)
  }
  dropped.sort((a, b) => a.index - b.index)
  if (keys.length === 0) return { verdict: 'no_usable_key', keys: noKeys, dropped }
  return { verdict: 'usable', keys: new VerificationKeys(keys, refusedKids), dropped }
}

function droppedKey(index: number, member: unknown, reason: DroppedKey['reason']): DroppedKey {
  const kid = typeof member === 'object' && member !== null && 'kid' in member ? member.kid : undefined
  return typeof kid === 'string' && kid.length <= 256 ? { index, kid, reason } : { index, reason }
}

/** Kids under which two keys state the same algorithm: either could be a stranger's, so neither is used. */
function duplicateKids(keys: readonly VerificationKey[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const duplicate = new Set<string>()
  for (const { kid, jwk } of keys) {
    if (kid === undefined) continue
    const [name] = jwk.alg === undefined ? [`any ${jwk.kty} ${jwk.crv ?? ''}`] : withBothNames([jwk.alg])
    const id = JSON.stringify([kid, name])
    if (seen.has(id)) duplicate.add(kid)
    seen.add(id)
  }
  return duplicate
}
