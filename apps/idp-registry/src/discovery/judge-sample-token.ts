import {
  isNonEmpty,
  readUnverifiedJwt,
  type Rejected,
  type NotDecided,
  type TokenRejectionReason,
  tokenRejections,
  trustIssuer,
  type UndecidedReason,
  undecidedReasons,
  VerificationKeys,
  verifyToken,
  type IssuerPolicy,
} from '@cambio/token-trust'

import { type Finding } from './finding.js'

/** What a sample token is compared with. */
export interface SampleContext {
  /** Without `allowedAudiences` (nothing is registered yet) the token's own audience counts as allowed. */
  readonly policy: Omit<IssuerPolicy, 'allowedAudiences'> & { readonly allowedAudiences?: readonly string[] }
  readonly keys: VerificationKeys | undefined
  readonly nowSeconds: number
}

/**
 * What the gate would say of a token of this provider, as advice: by the gate itself, so that it cannot differ. The token is
 * tried as each type that the registration accepts; the first success counts, else what was said of the first type.
 */
export async function judgeSampleToken(sampleToken: string, { policy, keys, nowSeconds }: SampleContext): Promise<Finding> {
  const read = readUnverifiedJwt(sampleToken)
  if (!read.ok) return refusal(read)
  const audiences = policy.allowedAudiences ?? audiencesOf(read.jwt.claims['aud'])
  if (!isNonEmpty(audiences)) return advice('audience_missing', tokenRejections.audience_missing)
  const issuer = trustIssuer({ ...policy, allowedAudiences: audiences })
  let first: Finding | undefined
  for (const declaredType of issuer.acceptedTokenTypes) {
    const view = { keys: keys ?? new VerificationKeys([]), freshness: 'fresh' as const }
    const answer = await verifyToken({ token: read.jwt, issuer, keys: view, declaredType, nowSeconds })
    if (answer.ok) {
      return { severity: 'info', code: 'sample_token_fits', message: 'The sample token would be accepted.', field: 'sampleToken' }
    }
    first ??= refusal(answer)
  }
  return first ?? advice('type_not_accepted', tokenRejections.type_not_accepted)
}

function audiencesOf(aud: unknown): readonly string[] {
  return (Array.isArray(aud) ? aud : [aud]).filter((audience): audience is string => typeof audience === 'string' && audience !== '')
}

function refusal(answer: Rejected | NotDecided): Finding {
  if (answer.rejection !== undefined) return advice(answer.rejection.reason, tokenRejections[answer.rejection.reason])
  return advice(answer.undecided.reason, undecidedReasons[answer.undecided.reason])
}

function advice(code: TokenRejectionReason | UndecidedReason, { cause, remedy }: { cause: string; remedy: string }): Finding {
  return { severity: 'warning', code, message: cause, fix: remedy, field: 'sampleToken' }
}
