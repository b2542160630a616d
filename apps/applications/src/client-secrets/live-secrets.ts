import { type SecretDigest } from '@cambio/contracts'
import { maxLiveSecrets } from '@cambio/oauth'
import { ok, type Result } from '@cambio/store'

import { notFound, refuse, type Refusal } from '../refusals/refusal.js'

/** The secrets that are still taken; an expired one is dropped at the next change of its client. */
export function liveSecrets(secrets: readonly SecretDigest[], now: Date): readonly SecretDigest[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > now.getTime())
}

/**
 * Adds a secret for a rotation with overlap: at most two are live at once.
 *
 * @param oldExpireInSeconds when the secrets that are live now stop; 0 = at once, absent = they stay until they are deleted
 */
export function withNewSecret(
  secrets: readonly SecretDigest[],
  added: SecretDigest,
  now: Date,
  oldExpireInSeconds?: number,
): Result<SecretDigest[], Refusal> {
  const kept = liveSecrets(oldExpireInSeconds === undefined ? secrets : expiring(secrets, now, oldExpireInSeconds), now)
  if (kept.length >= maxLiveSecrets) {
    return refuse(
      'too_many_secrets',
      'Two secrets are live already; delete one of them, or let the old ones expire with expiresInSeconds 0.',
    )
  }
  return ok([...kept, added])
}

/** A rotation only ever shortens the life of an old secret. */
function expiring(secrets: readonly SecretDigest[], now: Date, inSeconds: number): SecretDigest[] {
  const end = new Date(now.getTime() + inSeconds * 1_000).toISOString()
  return secrets.map((secret) => (secret.expiresAt !== undefined && secret.expiresAt < end ? secret : { ...secret, expiresAt: end }))
}

/** Ends one secret at once. */
export function withoutSecret(secrets: readonly SecretDigest[], id: string, now: Date): Result<SecretDigest[], Refusal> {
  const live = liveSecrets(secrets, now)
  const kept = live.filter((secret) => secret.id !== id)
  return kept.length === live.length ? notFound('secret') : ok(kept)
}
