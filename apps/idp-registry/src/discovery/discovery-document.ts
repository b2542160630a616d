import { type JsonDocument } from '@cambio/safe-fetch'
import { isSignatureAlgorithm, type SignatureAlgorithm } from '@cambio/token-trust'

/** What a discovery document says, as far as a registration uses it: texts are bounded, nothing else is believed yet. */
export interface DiscoveryDocument {
  /** `undefined` when missing or not an issuer's form. */
  readonly issuer: string | undefined
  readonly tokenEndpoint: string | undefined
  readonly authorizationEndpoint: string | undefined
  readonly jwksUri: string | undefined
  /** The asymmetric algorithms among those it advertises, without repetitions. */
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Advertised names that are never used: `none`, HMAC, unknown ones; at most ten, each at most 32 characters. */
  readonly ignoredAlgorithms: readonly string[]
  /** Members whose value is no address. */
  readonly ignoredMembers: readonly ('token_endpoint' | 'authorization_endpoint')[]
}

/** OpenID Connect Discovery §3, and RFC 9068 §4 for access tokens. */
const algorithmMembers = ['id_token_signing_alg_values_supported', 'access_token_signing_alg_values_supported'] as const

/**
 * Reads a discovery document (OpenID Connect Discovery §3, RFC 8414 §2). Whatever is not a short printable text counts as
 * missing, so that nothing of a hostile document reaches storage or a screen.
 *
 * @returns undefined if it has neither issuer nor keys: then it is no metadata
 */
export function readDiscoveryDocument(document: JsonDocument): DiscoveryDocument | undefined {
  const issuer = printable(document['issuer'], 512)
  const jwksUri = printable(document['jwks_uri'], 2048)
  if (issuer === undefined && jwksUri === undefined) return undefined
  const advertised = algorithmMembers.flatMap((member) => textsOf(document[member]))
  const endpoint = (member: 'token_endpoint' | 'authorization_endpoint'): string | undefined => {
    const text = printable(document[member], 2048)
    return text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined
  }
  const tokenEndpoint = endpoint('token_endpoint')
  const authorizationEndpoint = endpoint('authorization_endpoint')
  return {
    issuer,
    tokenEndpoint,
    authorizationEndpoint,
    jwksUri,
    algorithms: [...new Set(advertised.filter(isSignatureAlgorithm))],
    ignoredAlgorithms: [...new Set(advertised.filter((name) => !isSignatureAlgorithm(name)))].slice(0, 10),
    ignoredMembers: [
      ...(document['token_endpoint'] !== undefined && tokenEndpoint === undefined ? (['token_endpoint'] as const) : []),
      ...(document['authorization_endpoint'] !== undefined && authorizationEndpoint === undefined
        ? (['authorization_endpoint'] as const)
        : []),
    ],
  }
}

/** A text of printable ASCII without spaces, the form of every identifier and address that is used. */
function printable(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' && value.length <= maxLength && /^[\x21-\x7e]+$/.test(value) ? value : undefined
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.slice(0, 100).flatMap((name) => printable(name, 32) ?? []) : []
}

/**
 * The issuer to which a discovery address belongs: the address without its well-known part, which stands at the end
 * (OpenID Connect Discovery §4) or between host and path (RFC 8414 §3.1).
 */
export function issuerOfWellKnownUrl(wellKnownUrl: string): string {
  const { origin, pathname } = new URL(wellKnownUrl)
  const path = pathname.replace(/\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(?=\/|$)/, '')
  return `${origin}${path === '/' ? '' : path}`
}
