import { oauthFailure, type Parsed } from './oauth-failure.js'
import { type SubjectTokenType, tokenTypes } from './vocabulary.js'

const subjectTypesByUri: ReadonlyMap<string, SubjectTokenType> = new Map([
  [tokenTypes.jwt, 'jwt'],
  [tokenTypes.idToken, 'id_token'],
  [tokenTypes.accessToken, 'access_token'],
])

/** Parses `subject_token_type` or `actor_token_type` (RFC 8693 §2.1, §3). Error: `request.unsupported_token_type`. */
export function parseTokenTypeUri(uri: string): Parsed<SubjectTokenType> {
  const value = subjectTypesByUri.get(uri)
  return value === undefined ? { ok: false, failure: oauthFailure('request.unsupported_token_type') } : { ok: true, value }
}

/** `requested_token_type`: absent, access token, or JWT; all three yield the same signed access token (`docs/protocol.md`). */
export function parseRequestedTokenType(uri: string | undefined): Parsed<typeof tokenTypes.accessToken> {
  if (uri === undefined || uri === tokenTypes.accessToken || uri === tokenTypes.jwt) return { ok: true, value: tokenTypes.accessToken }
  return { ok: false, failure: oauthFailure('request.unsupported_requested_token_type') }
}
