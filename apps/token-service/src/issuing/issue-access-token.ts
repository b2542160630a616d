import { randomUUID } from 'node:crypto'
import { CompactSign } from 'jose'
import { oauthFailure, type OAuthFailure } from '@cambio/oauth'

import { type SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { type AccessTokenContent, accessTokenClaims } from './access-token.js'

/** A token that fits into a header of common proxies together with other headers (docs/protocol.md). */
export const MAX_ACCESS_TOKEN_BYTES = 4096

export type Issuance =
  | { readonly ok: true; readonly token: string; readonly jti: string; readonly kid: string }
  | { readonly ok: false; readonly failure: OAuthFailure }

const encoder = new TextEncoder()

/** Signs access tokens (RFC 9068) with the key that is active; reads memory only. */
export class AccessTokenIssuer {
  /** @param issuer our `iss` */
  constructor(
    private readonly issuer: string,
    private readonly keys: SigningKeysProjection,
  ) {}

  /** Whether there is a key to sign with: asked before a decision, which may use a token up. */
  canIssueAt(nowMs: number): boolean {
    return this.keys.signerAt(nowMs) !== undefined
  }

  /** Fails with `service.no_signing_key` before the first key is known, and with `token.too_large`. */
  async issue(content: AccessTokenContent, nowMs: number): Promise<Issuance> {
    const signer = this.keys.signerAt(nowMs)
    if (signer === undefined) return { ok: false, failure: oauthFailure('service.no_signing_key') }
    const jti = randomUUID()
    const claims = accessTokenClaims(content, this.issuer, Math.floor(nowMs / 1000), jti)
    const token = await new CompactSign(encoder.encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: signer.alg, typ: 'at+jwt', kid: signer.kid })
      .sign(signer.privateKey)
    if (token.length >= MAX_ACCESS_TOKEN_BYTES) return { ok: false, failure: oauthFailure('token.too_large') }
    return { ok: true, token, jti, kid: signer.kid }
  }
}
