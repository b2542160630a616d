import {
  type DecisionReason,
  type FormParameters,
  matchesClientSecret,
  oauthFailure,
  type OAuthFailure,
  parameters,
  parseBasicCredentials,
  type Pepper,
} from '@cambio/oauth'

import { type Client, type ClientsProjection, liveDigests } from '../directory/clients.projection.js'

export type ClientAuthentication =
  | { readonly ok: true; readonly client: Client }
  | {
      readonly ok: false
      readonly failure: OAuthFailure
      /** Whom the request claims to be, for the audit record; nobody has shown it. Absent when there is no such client. */
      readonly claimed?: Client
    }

/** What a request presents to say who it is. */
type Presented =
  { readonly by: 'secret'; readonly clientId: string; readonly secret: string } | { readonly by: 'none'; readonly clientId: string }

const failed = (reason: DecisionReason, claimed?: Client): ClientAuthentication => ({
  ok: false,
  failure: oauthFailure(reason),
  ...(claimed !== undefined && { claimed }),
})

/**
 * Authenticates the client of a token request by `client_secret_basic`, `client_secret_post` or `none`
 * (docs/protocol.md, "Client authentication"). An unknown client costs what a wrong secret costs and is answered by the same bytes.
 *
 * @param authorization the `Authorization` header, if there is one
 * @param pepper of the secret digests
 */
export function authenticateClient(
  authorization: string | undefined,
  form: FormParameters,
  clients: ClientsProjection,
  pepper: Pepper,
  nowMs: number,
): ClientAuthentication {
  const presented = readPresented(authorization, form)
  if ('failure' in presented) return { ok: false, failure: presented.failure }
  const client = clients.byClientId(presented.clientId)
  if (presented.by === 'none') return withoutSecret(client)
  const digests = client === undefined ? [] : liveDigests(secretsOf(client), nowMs)
  const matches = matchesClientSecret(pepper, presented.secret, digests)
  if (client === undefined) return failed('client.unknown')
  if (!matches) return failed('client.wrong_secret', client)
  if (!takesSecret(client)) return failed('client.wrong_auth_method', client)
  return { ok: true, client }
}

/** Exactly one method a request (RFC 6749 §2.3). */
function readPresented(authorization: string | undefined, form: FormParameters): Presented | { readonly failure: OAuthFailure } {
  const secret = form.get(parameters.clientSecret)
  const clientId = form.get(parameters.clientId)
  const byAssertion = form.has(parameters.clientAssertion) || form.has(parameters.clientAssertionType)
  const methods = [authorization !== undefined, secret !== undefined, byAssertion].filter(Boolean).length
  if (methods > 1) return { failure: oauthFailure('client.multiple_methods') }
  if (authorization !== undefined) {
    const basic = parseBasicCredentials(authorization)
    if (!basic.ok) return basic
    if (clientId !== undefined && clientId !== basic.value.clientId) return { failure: oauthFailure('client.id_mismatch') }
    return { by: 'secret', clientId: basic.value.clientId, secret: basic.value.clientSecret }
  }
  if (byAssertion) return { failure: oauthFailure('client.wrong_auth_method') }
  if (clientId === undefined) return { failure: oauthFailure('client.missing_credentials') }
  return secret === undefined ? { by: 'none', clientId } : { by: 'secret', clientId, secret }
}

function withoutSecret(client: Client | undefined): ClientAuthentication {
  if (client === undefined) return failed('client.unknown')
  const isPublic = client.kind === 'application' && client.credential.public && client.credential.authMethod === 'none'
  return isPublic ? { ok: true, client } : failed('client.authentication_required', client)
}

function secretsOf(client: Client) {
  return client.kind === 'application' ? client.credential.secrets : client.value.secrets
}

/** Header and body are two ways to carry the same secret; a client of `private_key_jwt` has none that counts. */
function takesSecret(client: Client): boolean {
  if (client.kind === 'admin') return true
  const { authMethod } = client.credential
  return authMethod === 'client_secret_basic' || authMethod === 'client_secret_post'
}
