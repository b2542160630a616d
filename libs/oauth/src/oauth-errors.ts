/** `error` values on the wire (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 8707 §2). */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_grant'
  | 'invalid_target'
  | 'invalid_scope'
  | 'temporarily_unavailable'
  | 'server_error'

/** One row of the error table: everything the client is told. */
export interface OAuthErrorEntry {
  readonly code: OAuthErrorCode
  readonly status: 400 | 401 | 405 | 413 | 429 | 500 | 503
  /** Coarse public text; printable ASCII without `"` and `\`. */
  readonly description: string
  /** Sent as `Retry-After` unless the failure gives its own; seconds. */
  readonly retryAfterSeconds?: number
  /** Sent as `WWW-Authenticate` unless the failure gives its own. */
  readonly wwwAuthenticate?: string
  readonly allow?: string
}

/**
 * Every answer an OAuth endpoint can fail with (`docs/protocol.md`, "Errors"). Names equal the wire code, save where one code
 * has several statuses. The status is looked up here, so that no call site chooses its own.
 */
export const oauthErrors = {
  invalid_request: { code: 'invalid_request', status: 400, description: 'The request is malformed or its token was refused.' },
  request_too_large: { code: 'invalid_request', status: 413, description: 'The request body is too large.' },
  method_not_allowed: { code: 'invalid_request', status: 405, description: 'This endpoint accepts POST only.', allow: 'POST' },
  invalid_client: {
    code: 'invalid_client',
    status: 401,
    description: 'Client authentication failed.',
    wwwAuthenticate: 'Basic realm="oauth2", charset="UTF-8"', // RFC 9110 §15.5.2: a 401 always carries a challenge
  },
  unauthorized_client: { code: 'unauthorized_client', status: 400, description: 'This client may not do that.' },
  unsupported_grant_type: { code: 'unsupported_grant_type', status: 400, description: 'This grant type is not supported.' },
  invalid_grant: { code: 'invalid_grant', status: 400, description: 'The grant is invalid, expired, revoked or was used before.' },
  invalid_target: { code: 'invalid_target', status: 400, description: 'A requested audience or resource is not available to this client.' },
  invalid_scope: { code: 'invalid_scope', status: 400, description: 'The requested scope is malformed, unknown or was not granted.' },
  too_many_failures: {
    code: 'temporarily_unavailable',
    status: 429,
    description: 'Too many failed requests. Try again later.',
    retryAfterSeconds: 60,
  },
  temporarily_unavailable: {
    code: 'temporarily_unavailable',
    status: 503,
    description: 'The request cannot be decided at the moment. Try again.',
    retryAfterSeconds: 5,
  },
  server_error: { code: 'server_error', status: 500, description: 'Something went wrong on our side.' },
} as const satisfies Record<string, OAuthErrorEntry>

/** Name of a row of {@link oauthErrors}. */
export type OAuthErrorName = keyof typeof oauthErrors
