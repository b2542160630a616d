import { type FetchRefusal, fetchFailure } from './fetch-failure.js'
import { failed, type Result, success } from './result.js'

/** Longest address that is read, in characters. */
const maxUrlLength = 2048

/** Path of a discovery document: OpenID Connect Discovery §4 (suffix), RFC 8414 §3.1 (inserted before the issuer's path) and §5 (both names, both places). */
const wellKnownPath =
  /^(?:\/.*)?\/\.well-known\/(?:openid-configuration|oauth-authorization-server)$|^\/\.well-known\/(?:openid-configuration|oauth-authorization-server)\/./

/** A server that decodes these again would see another path than the one that was checked. */
const encodedSeparator = /%(?:2e|2f|5c|25|00)/i

/**
 * Reads what somebody typed as an http(s) URL. The URL parser forgives much (tabs, backslashes, missing slashes, an empty user or fragment, which it
 * then forgets), so such texts are refused before it sees them: what was checked must be what was typed.
 *
 * @returns the URL, or `invalid_url`
 */
export function readTypedUrl(text: string): Result<URL, FetchRefusal> {
  if (text.length > maxUrlLength) return invalid('longer than 2048 characters')
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return invalid('white space, control character or backslash')
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1]
  if (authority === undefined) return invalid('not an http or https URL with a host')
  if (authority.includes('@')) return invalid('user information')
  if (text.includes('#')) return invalid('fragment')
  const url = URL.parse(text)
  return url === null ? invalid('not a URL') : success(url)
}

/** Whether the path is one under which discovery documents are published. A query is allowed: some providers select a policy with it. */
export function isDiscoveryPath({ pathname }: URL): boolean {
  return wellKnownPath.test(pathname) && !encodedSeparator.test(pathname)
}

function invalid(privateDetail: string): Result<never, FetchRefusal> {
  return failed(fetchFailure('invalid_url', privateDetail))
}
