import { type TokenRole } from '@cambio/oauth'
import { tokenFailure, type TokenVerification, verifyToken } from '@cambio/token-trust'

import { passed, type PresentedToken, type Step, type TrustedToken } from './exchange-decision.js'
import { type ExchangePorts } from './exchange-ports.js'
import { type FoundIssuer } from './find-issuer.js'

type VerifyPorts = Pick<ExchangePorts, 'directory' | 'keyRefresher' | 'nowMs'>

/**
 * Sends a token through the gate. Where only the key is missing, the registry is asked for one refresh and the gate asked
 * again: a provider may sign with a new key at once.
 */
export async function verifyPresentedToken(
  found: FoundIssuer,
  presented: PresentedToken,
  role: TokenRole,
  ports: VerifyPorts,
): Promise<Step<TrustedToken>> {
  const first = await verifyOnce(found, presented, ports)
  const outcome = wantsKey(first) ? await verifyAfterRefresh(first, found, presented, ports) : first
  if (outcome.ok) return passed({ issuer: found.issuer, token: outcome.token })
  return { ok: false, failure: tokenFailure(role, outcome) }
}

async function verifyOnce({ jwt, issuer }: FoundIssuer, presented: PresentedToken, ports: VerifyPorts): Promise<TokenVerification> {
  const nowSeconds = ports.nowMs() / 1000
  const keys = ports.directory.keySets.viewOf(issuer, nowSeconds)
  return verifyToken({ token: jwt, issuer: issuer.trust, keys, declaredType: presented.declaredType, nowSeconds })
}

/** Whether a fresh key set could change the answer. */
function wantsKey(answer: TokenVerification): boolean {
  if (answer.ok) return false
  return answer.undecided !== undefined || answer.rejection.reason === 'key.unknown_kid'
}

async function verifyAfterRefresh(
  first: TokenVerification,
  found: FoundIssuer,
  presented: PresentedToken,
  ports: VerifyPorts,
): Promise<TokenVerification> {
  const kid = found.jwt.header['kid']
  const asked = await ports.keyRefresher.refresh(found.issuer, typeof kid === 'string' ? kid : '')
  if (asked === 'asked') return verifyOnce(found, presented, ports)
  // Nobody could be asked whether the key is new: that is no verdict on the token (503, never 400).
  return first.ok || first.undecided !== undefined ? first : { ok: false, undecided: { reason: 'key.unknown_kid_in_stale_set' } }
}
