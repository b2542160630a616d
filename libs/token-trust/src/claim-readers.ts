import { type JsonObject } from './strict-json.js'

/** The name of a claim, or several; a name is tried exactly first, then as a path with dots. */
export type ClaimNames = string | readonly string[]

/** Where a provider puts what a decision reads. */
export interface ClaimSources {
  /** The client that the token was issued to; of several names the first present one counts. */
  readonly clientId?: ClaimNames | undefined
  /** Scopes; those of all names together. */
  readonly scopes?: ClaimNames | undefined
  /** Roles or groups; those of all names together. */
  readonly roles?: ClaimNames | undefined
  /** Claims by whose presence an access token is known; any one is enough. */
  readonly accessTokenMark?: ClaimNames | undefined
}

/** What the readers need to know of a registration. */
export interface ClaimReading {
  readonly claimSources: ClaimSources
  /** Whether scopes may stand behind an application URI, as Microsoft spells them. */
  readonly scopesMayHaveApplicationUri: boolean
}

/**
 * The value of a claim: the member of exactly this name, else the one that a path with dots leads to (`realm_access.roles`).
 * `undefined` when absent. Only members of the token itself are found, whatever the name.
 */
export function claimValue(claims: JsonObject, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  if (!name.includes('.')) return undefined
  let value: unknown = claims
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

const namesOf = (names: ClaimNames | undefined): readonly string[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names

/** The client id that the token was issued to, or `undefined`; a value that is not a string of 1–255 characters is none. */
export function clientIdOf(claims: JsonObject, issuer: ClaimReading): string | undefined {
  for (const name of namesOf(issuer.claimSources.clientId)) {
    const value = claimValue(claims, name)
    if (value === undefined) continue
    return typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined
  }
  return undefined
}

/**
 * The scopes that the token carries, without repetitions: a string is split at spaces, a list counts its strings. A scope that
 * Microsoft spells behind an application URI (`api://<app>/urn:<org>:<api>:<scope>`) is reduced to the `urn:` part.
 */
export function scopesOf(claims: JsonObject, issuer: ClaimReading): readonly string[] {
  const words = wordsOf(claims, issuer.claimSources.scopes)
  return [...new Set(issuer.scopesMayHaveApplicationUri ? words.map(withoutApplicationUri) : words)]
}

/** The roles that the token carries, without repetitions; read as scopes are. */
export function rolesOf(claims: JsonObject, issuer: ClaimReading): readonly string[] {
  return [...new Set(wordsOf(claims, issuer.claimSources.roles))]
}

function wordsOf(claims: JsonObject, names: ClaimNames | undefined): string[] {
  const words: string[] = []
  for (const name of namesOf(names)) {
    const value = claimValue(claims, name)
    if (typeof value === 'string') words.push(...value.split(' '))
    else if (Array.isArray(value)) words.push(...value.filter((element) => typeof element === 'string'))
  }
  return words.filter((word) => word !== '')
}

function withoutApplicationUri(scope: string): string {
  if (!scope.startsWith('api://')) return scope
  const urn = scope.indexOf('/urn:')
  return urn === -1 ? scope : scope.slice(urn + 1)
}

/** Whether a claim is there and says something: not null, false or empty. */
export function hasClaim(claims: JsonObject, names: ClaimNames): boolean {
  return namesOf(names).some((name) => {
    const value = claimValue(claims, name)
    return value !== undefined && value !== null && value !== false && value !== ''
  })
}
