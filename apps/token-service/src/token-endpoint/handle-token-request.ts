import {
  issuedTokenKinds,
  type OAuthFailure,
  oauthFailure,
  parameters,
  parseForm,
  type Pepper,
  secretParameters,
  type TokenTypeUri,
} from '@cambio/oauth'

import { type DecisionLog } from '../audit/decision-log.js'
import { type ClientsProjection } from '../directory/clients.projection.js'
import { type DirectoryReadiness } from '../directory/directory-readiness.js'
import { type AccessTokenIssuer } from '../issuing/issue-access-token.js'
import { authenticateClient } from './authenticate-client.js'
import { type DecisionRecord } from './decision-record.js'
import { type Grant } from './grant.js'

/** A request to the token endpoint as it arrived. */
export interface TokenHttpRequest {
  /** Made by the server; the decision can be found under it. */
  readonly requestId: string
  /** The part of the URL behind `?`, undecoded; empty when there is none. */
  readonly query: string
  readonly authorization: string | undefined
  /** The body as text, or undefined when it was not declared a form. */
  readonly body: string | undefined
}

/** RFC 6749 §5.1, RFC 8693 §2.2.1. */
export interface TokenAnswer {
  readonly access_token: string
  readonly issued_token_type?: TokenTypeUri
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope?: string
}

export type TokenResult = { readonly ok: true; readonly answer: TokenAnswer } | { readonly ok: false; readonly failure: OAuthFailure }

export interface TokenEndpointParts {
  readonly grants: ReadonlyMap<string, Grant>
  readonly readiness: DirectoryReadiness
  readonly clients: ClientsProjection
  readonly issuer: AccessTokenIssuer
  readonly decisions: DecisionLog
  readonly pepper: Pepper
  readonly nowMs: () => number
}

/**
 * The pipeline of the token endpoint, the same for every grant (docs/protocol.md, "Token endpoint"): parse, find the grant,
 * authenticate the client, ask whether it may use the grant, let the grant decide, sign, record, answer.
 */
export class HandleTokenRequest {
  constructor(private readonly parts: TokenEndpointParts) {}

  async handle(request: TokenHttpRequest): Promise<TokenResult> {
    const record: DecisionRecord = { requestId: request.requestId, atMs: this.parts.nowMs() }
    try {
      const result = await this.#decide(request, record)
      this.parts.decisions.add(record, result.ok ? undefined : result.failure)
      return result
    } catch (error) {
      this.parts.decisions.add(record, oauthFailure('service.unexpected')) // a defect of ours; the caller gets 500
      throw error
    }
  }

  async #decide(request: TokenHttpRequest, record: DecisionRecord): Promise<TokenResult> {
    const { parts } = this
    if (carriesSecret(request.query)) return failed('request.credentials_in_query')
    if (request.body === undefined) return failed('request.unsupported_media_type')
    const parsed = parseForm(request.body)
    if (!parsed.ok) return parsed
    const form = parsed.value
    const grantType = form.get(parameters.grantType)
    if (grantType === undefined) return { ok: false, failure: oauthFailure('request.missing_parameter', { detail: parameters.grantType }) }
    const grant = parts.grants.get(grantType)
    if (grant === undefined) return failed('grant.unsupported')
    record.grantType = grant.grantType
    const missing = parts.readiness.missingAt(record.atMs)
    if (missing !== undefined) return failed(missing)

    const authentication = authenticateClient(request.authorization, form, parts.clients, parts.pepper, record.atMs)
    if (!authentication.ok) {
      if (authentication.claimed !== undefined) record.claimed = authentication.claimed
      return authentication
    }
    const { client } = authentication
    record.client = client
    if (!grant.mayUse(client)) return failed('grant.not_allowed_for_client')
    if (!parts.issuer.canIssueAt(record.atMs)) return failed('service.no_signing_key')

    const outcome = await grant.decide({ client, form, nowMs: record.atMs })
    if (outcome.detail !== undefined) record.detail = outcome.detail
    if (!outcome.ok) return outcome
    const issued = await parts.issuer.issue(outcome.content, parts.nowMs())
    if (!issued.ok) return issued
    record.tokenId = issued.jti
    const { scope, lifetimeSeconds } = outcome.content
    return {
      ok: true,
      answer: {
        access_token: issued.token,
        ...(outcome.issuedTokenType !== undefined && { issued_token_type: outcome.issuedTokenType }),
        token_type: issuedTokenKinds.bearer,
        expires_in: lifetimeSeconds,
        ...(scope !== undefined && { scope }),
      },
    }
  }
}

const failed = (reason: Parameters<typeof oauthFailure>[0]): TokenResult => ({ ok: false, failure: oauthFailure(reason) })

/** URLs end up in logs, histories and referrers (RFC 6749 §2.3.1, RFC 9700 §4.3.2). */
function carriesSecret(query: string): boolean {
  if (query === '') return false
  for (const name of new URLSearchParams(query).keys()) if (secretParameters.has(name)) return true
  return false
}
