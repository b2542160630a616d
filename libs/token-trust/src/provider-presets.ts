import { type SignatureAlgorithm } from './algorithms.js'
import { claimValue, type ClaimSources, hasClaim } from './claim-readers.js'
import { type JsonObject } from './strict-json.js'

/** Products whose habits are known. `generic` is everything else. */
export const providerTypes = ['okta', 'microsoft', 'auth0', 'asgardeo', 'wso2', 'keycloak', 'google', 'cognito', 'generic'] as const

export type ProviderType = (typeof providerTypes)[number]

/** What a token says about its own kind, by its provider's habit. */
export type KindMark = 'access_token' | 'id_token' | 'other' | 'unmarked'

/** Habits of one provider. */
export interface ProviderPreset {
  readonly claims: ClaimSources
  readonly allowedAlgorithms: readonly SignatureAlgorithm[]
  /** Whether the provider's access tokens can be told from its ID tokens by their claims. */
  readonly marksAccessTokens: boolean
  readonly kindMark: (claims: JsonObject) => KindMark
}

const common = { allowedAlgorithms: ['RS256'] } as const

/** For providers whose access tokens carry a claim that their ID tokens never do. */
const markedBy = (names: readonly string[]) => ({
  marksAccessTokens: true,
  kindMark: (claims: JsonObject): KindMark => (hasClaim(claims, names) ? 'access_token' : 'unmarked'),
})

const unmarked = { marksAccessTokens: false, kindMark: (): KindMark => 'unmarked' }

/**
 * Microsoft marks access tokens by `scp` or `roles` with `ver` alone, but ID tokens may carry `roles` and `ver` too; only access
 * tokens name the calling client (`azp`, v1 `appid`), and only ID tokens carry `nonce` and the hashes of OpenID Connect.
 */
function microsoftKind(claims: JsonObject): KindMark {
  if (hasClaim(claims, ['nonce', 'at_hash', 'c_hash'])) return 'id_token'
  if (!hasClaim(claims, 'ver')) return 'unmarked'
  if (hasClaim(claims, 'scp')) return 'access_token'
  return hasClaim(claims, 'roles') && hasClaim(claims, ['azp', 'appid']) ? 'access_token' : 'unmarked'
}

/** A claim whose value names the kind: `token_use` of Cognito, `typ` in the payload of Keycloak. */
const namedBy =
  (claim: string, accessToken: string, idToken: string) =>
  (claims: JsonObject): KindMark => {
    const value = claimValue(claims, claim)
    if (value === undefined) return 'unmarked'
    return value === accessToken ? 'access_token' : value === idToken ? 'id_token' : 'other'
  }

/** WSO2 Identity Server and Asgardeo, which share their code: `aut` says whether an application or its user is authorized. */
const wso2: ProviderPreset = {
  ...common,
  claims: { clientId: ['azp', 'client_id'], scopes: 'scope', roles: 'roles' },
  ...markedBy(['aut', 'scope']),
}

/** The table of `docs/protocol.md`, "Client id and scope claims by provider". */
export const providerPresets: Readonly<Record<ProviderType, ProviderPreset>> = {
  okta: { ...common, claims: { clientId: 'cid', scopes: 'scp', roles: 'groups' }, ...markedBy(['cid']) },
  microsoft: {
    ...common,
    claims: { clientId: ['azp', 'appid'], scopes: 'scp', roles: 'roles' },
    marksAccessTokens: true,
    kindMark: microsoftKind,
  },
  auth0: { ...common, claims: { clientId: 'azp', scopes: ['scope', 'permissions'] }, ...markedBy(['scope', 'permissions', 'gty']) },
  asgardeo: wso2,
  wso2,
  keycloak: {
    ...common,
    claims: { clientId: 'azp', scopes: 'scope', roles: 'realm_access.roles' },
    marksAccessTokens: true,
    kindMark: namedBy('typ', 'Bearer', 'ID'),
  },
  google: { ...common, claims: { clientId: 'azp' }, ...unmarked },
  cognito: {
    ...common,
    claims: { clientId: 'client_id', scopes: 'scope', roles: 'cognito:groups' },
    marksAccessTokens: true,
    kindMark: namedBy('token_use', 'access', 'id'),
  },
  generic: { ...common, allowedAlgorithms: ['RS256', 'ES256'], claims: { scopes: 'scope', clientId: ['client_id', 'azp'] }, ...unmarked },
}
