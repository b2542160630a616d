import { type OAuthErrorName } from './oauth-errors.js'

/** One documented reason: a row of the generated page `docs/errors.md`. */
export interface DocumentedReason {
  /** What happened, in one sentence. */
  readonly cause: string
  /** What to change so that it does not happen again, in one sentence. */
  readonly remedy: string
  /** What the client is told. */
  readonly answer: OAuthErrorName
}
