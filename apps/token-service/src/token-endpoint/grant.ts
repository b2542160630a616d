import { type FormParameters, type GrantType, type OAuthFailure, type TokenTypeUri } from '@cambio/oauth'

import { type Client } from '../directory/clients.projection.js'
import { type AccessTokenContent } from '../issuing/access-token.js'

/** A request whose client is authenticated and may use the grant. */
export interface GrantRequest {
  readonly client: Client
  readonly form: FormParameters
  readonly nowMs: number
}

/** What the audit record says about a decision besides its outcome: ids and names, never a token or a claim's value. */
export type GrantDetail = Readonly<Record<string, string | readonly string[]>>

export type GrantOutcome =
  | {
      readonly ok: true
      readonly content: AccessTokenContent
      /** For answers of RFC 8693 only. */
      readonly issuedTokenType?: TokenTypeUri
      readonly detail: GrantDetail
    }
  | { readonly ok: false; readonly failure: OAuthFailure; readonly detail?: GrantDetail }

/**
 * What one grant adds to the pipeline of the token endpoint. Parsing, client authentication, the question whether this client may use
 * the grant, signing, audit and answer belong to the pipeline: a grant cannot forget them.
 */
export interface Grant {
  readonly grantType: GrantType
  /** Whether this client's registration lists the grant. */
  mayUse(client: Client): boolean
  decide(request: GrantRequest): Promise<GrantOutcome>
}
