import { clientAuthMethods, grantTypes } from '@cambio/oauth'

/** Authorization server metadata (RFC 8414 §2) of a server that has a token endpoint and no authorization endpoint. */
export function serverMetadata(issuer: string, signingAlgorithm: string) {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    grant_types_supported: [grantTypes.tokenExchange, grantTypes.clientCredentials],
    token_endpoint_auth_methods_supported: [clientAuthMethods.secretBasic, clientAuthMethods.secretPost, clientAuthMethods.none],
    response_types_supported: [] as string[],
    // Required of an OpenID provider; no ID token is issued.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
  }
}

export type ServerMetadata = ReturnType<typeof serverMetadata>
