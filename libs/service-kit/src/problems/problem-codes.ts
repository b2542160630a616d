export interface ProblemCodeEntry {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 414 | 415 | 422 | 429 | 431 | 500 | 503
  /** The same for every occurrence (RFC 9457 §3.1.4); what is special about one goes into `detail`. */
  readonly title: string
}

/**
 * Every `code` of the REST API's problem documents with its status. A code is never renamed and never changes its
 * status; `docs/errors.md` is generated from here.
 */
export const problemCodes = {
  malformed_request: { status: 400, title: 'The request cannot be read' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  malformed_header: { status: 400, title: 'A header cannot be read' },
  authentication_required: { status: 401, title: 'An access token is required' },
  invalid_token: { status: 401, title: 'The access token is not accepted' },
  insufficient_scope: { status: 403, title: 'The access token does not allow this' },
  platform_only: { status: 403, title: 'Only a platform administrator may do this' },
  not_found: { status: 404, title: 'There is no such resource' },
  route_not_found: { status: 404, title: 'There is no such address' },
  method_not_allowed: { status: 405, title: 'This address does not accept the method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  conflict: { status: 409, title: 'The state of the resource does not allow this' },
  name_exists: { status: 409, title: 'The name is taken' },
  handle_exists: { status: 409, title: 'The handle is taken' },
  issuer_exists: { status: 409, title: 'Another identity provider of the organization has this issuer' },
  idp_in_use: { status: 409, title: 'Applications have bound clients of this identity provider' },
  client_id_bound: { status: 409, title: 'Another application has bound this client id' },
  context_exists: { status: 409, title: 'Another API has this context and version' },
  api_in_use: { status: 409, title: 'Applications are subscribed to this API' },
  api_not_published: { status: 409, title: 'Only a published API can be subscribed to' },
  api_state: { status: 409, title: 'The present status does not allow this step' },
  already_subscribed: { status: 409, title: 'The application is subscribed to this API' },
  keys_exist: { status: 409, title: 'The application has keys for this environment' },
  too_many_secrets: { status: 409, title: 'Two secrets are live already' },
  last_secret: { status: 409, title: 'The last live secret cannot be deleted' },
  last_owner: { status: 409, title: 'The last owner cannot be removed' },
  idempotency_in_progress: { status: 409, title: 'The first request with this Idempotency-Key is still at work' },
  revision_conflict: { status: 409, title: 'Somebody else changed the resource at the same time' },
  stale_revision: { status: 412, title: 'The resource has another revision than If-Match says' },
  content_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported' },
  invalid_content: { status: 422, title: 'The content is not valid' },
  name_immutable: { status: 422, title: 'The name cannot be changed' },
  handle_immutable: { status: 422, title: 'The handle cannot be changed' },
  handle_reserved: { status: 422, title: 'The handle is reserved' },
  issuer_reserved: { status: 422, title: 'The issuer is our own' },
  invalid_url: { status: 400, title: 'The address is not one that can be fetched' },
  target_not_allowed: { status: 422, title: 'The address leads to a host that cannot be used' },
  unreachable: { status: 422, title: 'The host of the address cannot be reached' },
  tls_error: { status: 422, title: 'The TLS connection to the host of the address cannot be trusted' },
  fetch_timeout: { status: 422, title: 'The host of the address did not answer in time' },
  redirect_not_allowed: { status: 422, title: 'The address answers with a redirect' },
  bad_status: { status: 422, title: 'The address does not answer with status 200' },
  too_large: { status: 422, title: 'The fetched document is too large' },
  bad_response: { status: 422, title: 'The answer of the address cannot be read' },
  not_metadata: { status: 422, title: 'The fetched document is not metadata' },
  issuer_mismatch: { status: 422, title: 'The issuer differs from the one in the discovery document' },
  jwks_uri_missing: { status: 422, title: 'There is no address of the keys' },
  jwks_host_unconfirmed: { status: 422, title: 'The keys lie on another host, which is not confirmed' },
  no_usable_keys: { status: 422, title: 'The key set has no usable key' },
  condition_required: { status: 422, title: 'The issuer is shared, so a required claim has to name its owner' },
  condition_unsupported: { status: 422, title: 'Conditions are not supported by this version' },
  tenants_required: { status: 422, title: 'The issuer and the list of tenants do not fit together' },
  reference_unknown: { status: 422, title: 'Something that the content refers to does not exist' },
  identity_provider_unknown: { status: 422, title: 'The organization has no such identity provider' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The request cannot be served at the moment' },
} as const satisfies Record<string, ProblemCodeEntry>

export type ProblemCode = keyof typeof problemCodes

export const PROBLEM_CODES = Object.keys(problemCodes) as readonly ProblemCode[]

/** The status of a code; nobody chooses it anywhere else. */
export const statusOf = (code: ProblemCode): ProblemCodeEntry['status'] => problemCodes[code].status
