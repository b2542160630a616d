import { type OAuthErrorName, type OAuthFailure, type TokenRole } from '@cambio/oauth'

import { type TokenRejectionReason, type UndecidedReason } from './rejection-reasons.js'

/** Why a token is not believed: a value, never thrown. */
export interface TokenRejection {
  readonly reason: TokenRejectionReason
  /** Private text for the audit record: names and numbers of our own, never a claim's value as the token spells it. */
  readonly detail?: string
}

/** Nothing is wrong with the token so far, but the keys to decide are missing or too old. */
export interface Undecided {
  readonly reason: UndecidedReason
}

/** A negative answer of any step of the gate. */
export interface Rejected {
  readonly ok: false
  readonly rejection: TokenRejection
  readonly undecided?: never
}

/** The third answer: ask again when there are keys (503, never 400). */
export interface NotDecided {
  readonly ok: false
  readonly undecided: Undecided
  readonly rejection?: never
}

export const rejected = (reason: TokenRejectionReason, detail?: string): Rejected => ({
  ok: false,
  rejection: detail === undefined ? { reason } : { reason, detail },
})

export const notDecided = (reason: UndecidedReason): NotDecided => ({ ok: false, undecided: { reason } })

/** The reason as audit records, explain and `docs/errors.md` write it: keys speak for themselves, the rest is about a token of a role. */
export type ReasonOf<Role extends TokenRole> =
  `${Role}.${Exclude<TokenRejectionReason, `key.${string}`>}` | Extract<TokenRejectionReason | UndecidedReason, `key.${string}`>

/** The documented name of a reason for a token in its role, `subject_token.expired` for instance. */
export function reasonOf<Role extends TokenRole>(role: Role, reason: TokenRejectionReason | UndecidedReason): ReasonOf<Role> {
  return isKeyReason(reason) ? reason : `${role}.${reason}`
}

const isKeyReason = (
  reason: TokenRejectionReason | UndecidedReason,
): reason is Extract<TokenRejectionReason | UndecidedReason, `key.${string}`> => reason.startsWith('key.')

/**
 * A negative answer of the gate as the failure of an OAuth endpoint.
 *
 * @param error what a rejection is called: `invalid_request` in an exchange (RFC 8693 §2.2.2), `invalid_grant` for the jwt-bearer
 *   grant (RFC 7523 §3.1), `invalid_client` for a client assertion; an undecided token is always `temporarily_unavailable`
 */
export function tokenFailure(role: TokenRole, answer: Rejected | NotDecided, error: OAuthErrorName = 'invalid_request'): OAuthFailure {
  if (answer.rejection === undefined) return { error: 'temporarily_unavailable', reason: reasonOf(role, answer.undecided.reason) }
  const { reason, detail } = answer.rejection
  return { error, reason: reasonOf(role, reason), ...(detail === undefined ? {} : { detail }) }
}
