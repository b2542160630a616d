import { type Environment } from '@cambio/contracts'
import { type DecisionReason, type OAuthFailure, oauthFailure, type SubjectTokenType } from '@cambio/oauth'
import { type VerifiedToken } from '@cambio/token-trust'

import { type ApplicationClient } from '../../directory/clients.projection.js'
import { type RegisteredIssuer } from '../../directory/issuers.projection.js'
import { type ActorClaim } from '../../issuing/access-token.js'
import { type GrantedAccess, type RequestedAccess } from '../targets-and-scopes.js'

/** A token as the request carries it; nothing about it is believed yet. */
export interface PresentedToken {
  readonly token: string
  readonly declaredType: SubjectTokenType
}

/** What is to be decided: an authenticated client that may use the grant, and what it brought. */
export interface ExchangeRequest {
  readonly client: ApplicationClient
  readonly subject: PresentedToken
  readonly actor?: PresentedToken
  readonly requested: RequestedAccess
}

/** A token that passed the gate, with the registration that it passed under. */
export interface TrustedToken {
  readonly issuer: RegisteredIssuer
  readonly token: VerifiedToken
}

/** A decision in favour: everything that the issued token will say, and why. */
export interface AuthorizedExchange {
  readonly client: ApplicationClient
  readonly environment: Environment
  readonly subject: TrustedToken
  readonly actor?: TrustedToken
  readonly act?: ActorClaim
  readonly access: GrantedAccess
  readonly ext?: Readonly<Record<string, unknown>>
  readonly lifetimeSeconds: number
}

/** A step either hands its value on or ends the decision. */
export type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: OAuthFailure }

export type ExchangeDecision = Step<AuthorizedExchange>

export function passed<T>(value: T): Step<T> {
  return { ok: true, value }
}

export function refused(reason: DecisionReason, detail?: string): { readonly ok: false; readonly failure: OAuthFailure } {
  return { ok: false, failure: oauthFailure(reason, detail === undefined ? {} : { detail }) }
}

/** The steps of an exchange in their order, by the names that explanations and audit records use. */
export const exchangeSteps = ['issuer', 'subject_token', 'actor_token', 'target', 'scope', 'lifetime', 'single_use'] as const

export type ExchangeStep = (typeof exchangeSteps)[number]

/**
 * Watches a decision. The real path and the explained path run the same steps; only who watches differs.
 */
export interface ExchangeRecorder {
  /**
   * @param values what was compared, for the explanation: names, identifiers and times, never a token
   */
  record(step: ExchangeStep, outcome: 'passed' | OAuthFailure, values: Readonly<Record<string, unknown>>): void
}

/** For the real path, which keeps only the reason. */
export const NO_RECORDER: ExchangeRecorder = { record: () => undefined }
