import { type DecisionReason, decisionReasons, type TokenReason } from './decision-reasons.js'
import { type OAuthErrorCode, type OAuthErrorEntry, type OAuthErrorName, oauthErrors } from './oauth-errors.js'

/**
 * Why a request of an OAuth endpoint fails. `error` decides all that the client sees; `reason` and `detail` go to the audit
 * record and to explain, never to the client.
 */
export interface OAuthFailure {
  readonly error: OAuthErrorName
  /** The precise reason from the closed, documented list. */
  readonly reason: DecisionReason | TokenReason
  /** Private text for the audit record; never a token, secret or claim value. */
  readonly detail?: string
  /** Replaces the table's public text; a constant of the source, never input. */
  readonly description?: string
  readonly retryAfterSeconds?: number
  readonly wwwAuthenticate?: string
}

/** A parser's answer: the value, or the failure to send. Parsers of this library never throw on input. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: OAuthFailure }

/** The failure that the reason's documented row stands for. */
export function oauthFailure(reason: DecisionReason, more: Omit<Partial<OAuthFailure>, 'error' | 'reason'> = {}): OAuthFailure {
  return { error: decisionReasons[reason].answer, reason, ...more }
}

/** Body of every OAuth error (RFC 6749 §5.2): these two members and no others. */
export interface OAuthErrorBody {
  readonly error: OAuthErrorCode
  readonly error_description: string
}

/** An error as it goes out; header names in lower case. */
export interface OAuthErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: OAuthErrorBody
}

/** RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E. */
const errorText = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,200}$/

const rowOf = (error: OAuthErrorName): OAuthErrorEntry => oauthErrors[error]

/** The public body. A description outside RFC 6749's characters gives way to the table's text. */
export function oauthErrorBody(failure: OAuthFailure): OAuthErrorBody {
  const row = rowOf(failure.error)
  const own = failure.description
  return { error: row.code, error_description: own !== undefined && errorText.test(own) ? own : row.description }
}

/** Status, headers and body for a failure; the only way from a failure to an answer. */
export function oauthErrorAnswer(failure: OAuthFailure): OAuthErrorAnswer {
  const row = rowOf(failure.error)
  const headers: Record<string, string> = { 'cache-control': 'no-store', 'content-type': 'application/json' }
  const retryAfterSeconds = failure.retryAfterSeconds ?? row.retryAfterSeconds
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)))
  const wwwAuthenticate = failure.wwwAuthenticate ?? row.wwwAuthenticate
  if (wwwAuthenticate !== undefined) headers['www-authenticate'] = wwwAuthenticate
  if (row.allow !== undefined) headers['allow'] = row.allow
  return { status: row.status, headers, body: oauthErrorBody(failure) }
}
