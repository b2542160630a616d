import { type Environment } from '@cambio/contracts'

import { type OrganizationName } from '../directory/organizations.projection.js'

/** Who acts for the subject (RFC 8693 §4.1); an earlier actor nests inside. */
export interface ActorClaim {
  readonly sub: string
  readonly act?: ActorClaim
}

/** The external provider behind an exchanged token, for APIs and for revocation. */
export interface IdentityProviderClaim {
  readonly id: string
  readonly name: string
  readonly iss: string
  readonly sub: string
  /** The provider's key that signed the subject token; absent when the token named none. */
  readonly kid?: string
}

/** What an access token says, before it has a time, an id and a signature. */
export interface AccessTokenContent {
  readonly sub: string
  /** At least one; `aud` is always an array. */
  readonly audience: readonly string[]
  readonly clientId: string
  readonly scope?: string
  readonly lifetimeSeconds: number
  readonly org?: OrganizationName
  readonly app?: { readonly id: string }
  readonly env?: Environment
  readonly idp?: IdentityProviderClaim
  readonly act?: ActorClaim
  /** Mapped claims of the provider; they appear nowhere else, so that no provider can write ours. */
  readonly ext?: Readonly<Record<string, unknown>>
}

/** `sub` of an exchanged token: equal subjects of two providers never collide, and there is no colon (docs/protocol.md). */
export function exchangedSubject(identityProvider: string, sub: string): string {
  return `idp/${identityProvider}/${encodeURIComponent(sub)}`
}

/** `sub` of a client credentials token; no exchanged subject can equal it. */
export function clientSubject(clientId: string): string {
  return `client/${clientId}`
}

/** The claims of RFC 9068 §2.2 and ours, in the order in which a reader wants to see them. Times are in seconds. */
export function accessTokenClaims(content: AccessTokenContent, issuer: string, nowSeconds: number, jti: string): Record<string, unknown> {
  return {
    iss: issuer,
    sub: content.sub,
    aud: content.audience,
    client_id: content.clientId,
    azp: content.clientId,
    ...(content.scope !== undefined && { scope: content.scope }),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + content.lifetimeSeconds,
    jti,
    ...(content.org !== undefined && { org: content.org }),
    ...(content.app !== undefined && { app: content.app }),
    ...(content.env !== undefined && { env: content.env }),
    ...(content.idp !== undefined && { idp: content.idp }),
    ...(content.act !== undefined && { act: content.act }),
    ...(content.ext !== undefined && { ext: content.ext }),
  }
}
