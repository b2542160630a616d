import { type DocumentedReason } from './documented-reason.js'
import { policyReasons, serviceReasons } from './policy-reasons.js'
import { clientReasons, grantReasons, requestReasons } from './request-reasons.js'

/**
 * Every precise reason for which a request is refused, except those about a token itself: these have a table of their own in
 * `token-trust` and appear under the token's role (`subject_token.expired`).
 */
export const decisionReasons = {
  ...requestReasons,
  ...clientReasons,
  ...grantReasons,
  ...policyReasons,
  ...serviceReasons,
} as const satisfies Record<string, DocumentedReason>

/** A precise reason that is not about a token itself. */
export type DecisionReason = keyof typeof decisionReasons

/** The part that an outside token plays in a request; first part of a reason about it. */
export type TokenRole = 'subject_token' | 'actor_token' | 'assertion' | 'client_assertion'

/** A reason about a token; the second part is one of `token-trust`'s closed union (`docs/errors.md`). */
export type TokenReason = `${TokenRole}.${string}` | `key.${string}`
