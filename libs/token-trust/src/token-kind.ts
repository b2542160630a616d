import { type SubjectTokenType } from '@cambio/oauth'

import { type CheckedHeader } from './header-rules.js'
import { type JsonObject } from './strict-json.js'
import { rejected, type Rejected } from './token-rejection.js'
import { type TrustedIssuer } from './trusted-issuer.js'

/** What a token is, by its own header and its provider's mark; `jwt` where nothing tells. */
export type TokenKind = SubjectTokenType

/**
 * Decides the kind of a token (`docs/protocol.md`, "Kind of token"), so that an ID token, which every relying party of the user
 * gets to see, cannot be used as an access token (RFC 8725 §3.11, RFC 9068 §5).
 */
export function checkKind(
  typ: CheckedHeader['typ'],
  claims: JsonObject,
  issuer: TrustedIssuer,
  declaredType: SubjectTokenType,
): { readonly ok: true; readonly kind: TokenKind } | Rejected {
  if (!issuer.acceptedTokenTypes.has(declaredType)) return rejected('type_not_accepted', declaredType)
  if (isEventToken(claims)) return rejected('not_a_subject_token')
  const mark = issuer.kindMark(claims)
  const access = mark === 'access_token' || (typ === 'at+jwt' && mark === 'unmarked')
  const id = typ !== 'at+jwt' && (mark === 'id_token' || mark === 'unmarked')
  switch (declaredType) {
    case 'access_token':
      return access ? { ok: true, kind: 'access_token' } : rejected('wrong_kind', declaredType)
    case 'id_token':
      return id ? { ok: true, kind: 'id_token' } : rejected('wrong_kind', declaredType)
    case 'jwt':
      return plainKind(access, id, issuer)
  }
}

/** A JWT of no declared kind has to satisfy a kind that the registration accepts besides `jwt`; with `jwt` alone, either. */
function plainKind(access: boolean, id: boolean, issuer: TrustedIssuer) {
  const { acceptedTokenTypes: accepted, marksAccessTokens } = issuer
  const either = accepted.size === 1
  if (access && (either || accepted.has('access_token'))) return { ok: true, kind: 'access_token' } as const
  if (id && (either || accepted.has('id_token'))) return { ok: true, kind: marksAccessTokens ? 'id_token' : 'jwt' } as const
  // Without a mark nothing tells an access token from an ID token: the allowed audience is what is left to decide by.
  return id && !marksAccessTokens ? ({ ok: true, kind: 'jwt' } as const) : rejected('wrong_kind', 'jwt')
}

/**
 * Logout tokens and other security event tokens may come without a `typ` of their own; their `events` is an object whose member
 * names are URIs (RFC 8417 §2.2), which tells it from a provider's own claim of that name.
 */
function isEventToken({ events }: JsonObject): boolean {
  if (typeof events !== 'object' || events === null || Array.isArray(events)) return false
  return Object.keys(events).some((name) => name.includes(':'))
}
