/** Grant types of the token endpoint (`docs/protocol.md`, "Token endpoint"). */
export const grantTypes = {
  tokenExchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  clientCredentials: 'client_credentials',
  refreshToken: 'refresh_token',
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
} as const

/** A `grant_type` that this product knows. */
export type GrantType = (typeof grantTypes)[keyof typeof grantTypes]

/** Token type identifiers of RFC 8693 §3 that appear in requests and answers. */
export const tokenTypes = {
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
} as const

/** A token type identifier that this product knows. */
export type TokenTypeUri = (typeof tokenTypes)[keyof typeof tokenTypes]

/** What a client may declare its subject or actor token to be. */
export const subjectTokenTypes = { jwt: tokenTypes.jwt, id_token: tokenTypes.idToken, access_token: tokenTypes.accessToken } as const

/** Short name of a subject token type, as registrations list them in `acceptedTokenTypes`. */
export type SubjectTokenType = keyof typeof subjectTokenTypes

/** Client authentication methods (RFC 7591 §2 `token_endpoint_auth_method`, RFC 7523 §2.2). */
export const clientAuthMethods = {
  secretBasic: 'client_secret_basic',
  secretPost: 'client_secret_post',
  privateKeyJwt: 'private_key_jwt',
  none: 'none',
} as const

/** How a client proves who it is. */
export type ClientAuthMethod = (typeof clientAuthMethods)[keyof typeof clientAuthMethods]

/** `client_assertion_type` of `private_key_jwt` (RFC 7523 §2.2). */
export const jwtBearerAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Request parameters of the OAuth endpoints, by their wire names. */
export const parameters = {
  grantType: 'grant_type',
  scope: 'scope',
  audience: 'audience',
  resource: 'resource',
  subjectToken: 'subject_token',
  subjectTokenType: 'subject_token_type',
  actorToken: 'actor_token',
  actorTokenType: 'actor_token_type',
  requestedTokenType: 'requested_token_type',
  clientId: 'client_id',
  clientSecret: 'client_secret',
  clientAssertion: 'client_assertion',
  clientAssertionType: 'client_assertion_type',
  assertion: 'assertion',
  refreshToken: 'refresh_token',
  token: 'token',
  tokenTypeHint: 'token_type_hint',
} as const

/** Wire name of a known request parameter. */
export type ParameterName = (typeof parameters)[keyof typeof parameters]

/** The only parameters that a request may repeat (RFC 8693 §2.1, RFC 8707 §2). */
export const repeatableParameters: ReadonlySet<string> = new Set<ParameterName>([parameters.audience, parameters.resource])

/** Parameters whose value is a credential: refused in a query string, never logged. */
export const secretParameters: ReadonlySet<string> = new Set<ParameterName>([
  parameters.subjectToken,
  parameters.actorToken,
  parameters.clientSecret,
  parameters.clientAssertion,
  parameters.assertion,
  parameters.refreshToken,
  parameters.token,
])

/** Values of `token_type` in a successful answer (RFC 6750, RFC 9449). */
export const issuedTokenKinds = { bearer: 'Bearer', dpop: 'DPoP' } as const
