import { type ClaimMapping } from '@cambio/contracts'
import { claimValue, type JsonObject } from '@cambio/token-trust'

const MAX_TEXT_LENGTH = 512
const MAX_LIST_LENGTH = 50

/**
 * The provider's claims that the registration lists, under `ext` and nowhere else. Only plain values and lists of texts are
 * copied; what is larger is left out rather than cut, as half a value would be another one.
 *
 * @returns undefined when nothing is mapped
 */
export function mappedClaims(mappings: readonly ClaimMapping[], claims: JsonObject): Readonly<Record<string, unknown>> | undefined {
  if (mappings.length === 0) return undefined
  const mapped = mappings
    .map(({ from, to }) => [to, from === 'email' && !isVerifiedEmail(claims) ? undefined : claimValue(claims, from)] as const)
    .filter(([, value]) => isPlain(value))
  return mapped.length === 0 ? undefined : Object.fromEntries(mapped)
}

/** An address that the provider has not verified names whoever typed it in. */
function isVerifiedEmail(claims: JsonObject): boolean {
  return claims['email_verified'] === true
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT_LENGTH
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value))
    return value.length <= MAX_LIST_LENGTH && value.every((item) => typeof item === 'string' && item.length <= MAX_TEXT_LENGTH)
  return typeof value === 'boolean'
}
