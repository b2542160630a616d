import { oauthFailure, type Parsed } from './oauth-failure.js'

/** What `client_secret_basic` carries, decoded. */
export interface BasicCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** Longest header that is looked at; a client id and secret of ours need about 150. */
const maxHeaderLength = 2048

const malformed = { ok: false, failure: oauthFailure('client.malformed_credentials') } as const

/**
 * Parses an `Authorization: Basic` header (RFC 7617), whose user and password are each form-encoded first (RFC 6749 §2.3.1).
 * A header of another scheme, bad base64, no colon, NUL or invalid UTF-8 gives `client.malformed_credentials` (`invalid_client`).
 */
export function parseBasicCredentials(header: string): Parsed<BasicCredentials> {
  if (header.length > maxHeaderLength) return malformed
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1]
  if (encoded === undefined) return malformed
  const bytes = Buffer.from(encoded, 'base64')
  // Buffer skips what it cannot read; only canonical base64 survives the round trip.
  if (bytes.toString('base64').replaceAll('=', '') !== encoded.replaceAll('=', '')) return malformed
  const pair = bytes.toString('latin1')
  const colon = pair.indexOf(':')
  if (colon === -1) return malformed
  const clientId = decodePart(pair.slice(0, colon))
  const clientSecret = decodePart(pair.slice(colon + 1))
  if (clientId === undefined || clientId === '' || clientSecret === undefined) return malformed
  return { ok: true, value: { clientId, clientSecret } }
}

/** Form-decodes one part; raw characters outside printable ASCII would have to be percent-encoded. */
function decodePart(part: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(part)) return undefined
  try {
    const decoded = decodeURIComponent(part.replaceAll('+', ' '))
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined // decodeURIComponent throws URIError and nothing else
  }
}
