import * as oauth from 'oauth4webapi'

import { call, type ApiAnswer } from './admin-api.js'
import { type Client, TOKEN_EXCHANGE } from './organization.js'
import { remember } from './secrets.js'

export const tokenType = (kind: 'access_token' | 'id_token' | 'jwt'): string => `urn:ietf:params:oauth:token-type:${kind}`

/** The stack speaks plain HTTP on loopback; nothing else of the library's checks is relaxed. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only to stand out; the stack has no TLS
const options = { [oauth.allowInsecureRequests]: true } as const

type Parameters = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** Cambio as an independent client sees it: everything goes through oauth4webapi, which checks each answer by the standards. */
export class OAuthClient {
  private constructor(readonly server: oauth.AuthorizationServer) {}

  /** Reads the metadata of RFC 8414. */
  static async discover(issuer: string): Promise<OAuthClient> {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { ...options, algorithm: 'oauth2' })
    return new OAuthClient(await oauth.processDiscoveryResponse(url, response))
  }

  /** Token exchange that must succeed. @throws ResponseBodyError when it is refused */
  async exchange({ clientId, clientSecret }: Client, parameters: Readonly<Record<string, string>>): Promise<oauth.TokenEndpointResponse> {
    remember(clientSecret, parameters['subject_token'] ?? clientSecret)
    const client = { client_id: clientId }
    const response = await oauth.genericTokenEndpointRequest(
      this.server,
      client,
      oauth.ClientSecretBasic(clientSecret),
      TOKEN_EXCHANGE,
      parameters,
      options,
    )
    const tokens = await oauth.processGenericTokenEndpointResponse(this.server, client, response)
    remember(tokens.access_token)
    return tokens
  }

  /** Client credentials that must succeed, the secret in the header or in the form. */
  async clientCredentials(
    { clientId, clientSecret }: Client,
    method: 'client_secret_basic' | 'client_secret_post',
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<oauth.TokenEndpointResponse> {
    remember(clientSecret)
    const client = { client_id: clientId }
    const authentication = method === 'client_secret_basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost
    const response = await oauth.clientCredentialsGrantRequest(this.server, client, authentication(clientSecret), parameters, options)
    const tokens = await oauth.processClientCredentialsResponse(this.server, client, response)
    remember(tokens.access_token)
    return tokens
  }

  /** What an API does with a token: RFC 9068 §4 by a library that is not ours, with the keys from the metadata. */
  async validate(token: string, audience: string): Promise<oauth.JWTAccessTokenClaims> {
    const request = new Request('https://api.example', { headers: { authorization: `Bearer ${token}` } })
    return oauth.validateJwtAccessToken(this.server, request, audience, options)
  }
}

/** A bare exchange, for what is refused; pairs allow a parameter twice. */
export async function postExchange(issuer: string, { clientId, clientSecret }: Client, parameters: Parameters): Promise<ApiAnswer> {
  const pairs = isPairs(parameters) ? parameters : Object.entries(parameters)
  remember(clientSecret, ...pairs.filter(([name]) => name === 'subject_token').map(([, value]) => value))
  return call(`${issuer}/oauth2/token`, { basic: [clientId, clientSecret], form: [['grant_type', TOKEN_EXCHANGE], ...pairs] })
}

function isPairs(parameters: Parameters): parameters is readonly (readonly [string, string])[] {
  return Array.isArray(parameters)
}

/** Header and claims of a JWT, unverified. */
export function decoded(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header = {}, claims = {}] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>)
  return { header, claims }
}
