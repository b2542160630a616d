import { type ApiScope } from '@cambio/contracts'
import { oauthFailure, type OAuthFailure } from '@cambio/oauth'

import { type ApisProjection, type TargetApi } from '../directory/apis.projection.js'
import { type ApplicationClient } from '../directory/clients.projection.js'

/** What a request asks for, still by the names it used. */
export interface RequestedAccess {
  /** `audience` and `resource` together; empty = omitted. */
  readonly targets: readonly string[]
  /** Short or fully qualified names; empty = nothing requested. */
  readonly scopes: readonly string[]
}

/** What a token will be for. */
export interface GrantedAccess {
  /** At least one. */
  readonly targets: readonly TargetApi[]
  /** May be empty: a token for resources without scopes. */
  readonly scopes: readonly ApiScope[]
}

export type TargetDecision =
  { readonly ok: true; readonly targets: readonly TargetApi[] } | { readonly ok: false; readonly failure: OAuthFailure }

export type ScopeDecision =
  { readonly ok: true; readonly scopes: readonly ApiScope[] } | { readonly ok: false; readonly failure: OAuthFailure }

const refused = (reason: Parameters<typeof oauthFailure>[0], detail?: string) =>
  ({ ok: false, failure: oauthFailure(reason, detail === undefined ? {} : { detail }) }) as const

/**
 * The APIs that a token will be for (docs/protocol.md, exchange step 4): those that the request names, each of which has to
 * be subscribed; else those that the requested scopes name; else all that the application is subscribed to.
 */
export function selectTargets(client: ApplicationClient, requested: RequestedAccess, apis: ApisProjection): TargetDecision {
  if (requested.targets.length > 0) return namedTargets(client, requested.targets, apis)
  const subscribed = subscribedApis(client, apis)
  if (subscribed.length === 0) return refused('target.none')
  if (requested.scopes.length === 0) return { ok: true, targets: subscribed }
  return targetsOfScopes(subscribed, requested.scopes)
}

function namedTargets(client: ApplicationClient, names: readonly string[], apis: ApisProjection): TargetDecision {
  const targets = new Map<string, TargetApi>()
  for (const name of names) {
    const api = apis.byIdentifier(client.org, name)
    if (api === undefined) return refused(name.startsWith('urn:') && !name.includes('#') ? 'target.unknown' : 'target.malformed')
    const subscription = client.application.subscriptions.find((candidate) => candidate.api === api.id)
    if (subscription === undefined) return refused('target.not_subscribed', api.identifier)
    if (subscription.status !== 'ACTIVE') return refused('target.subscription_inactive', api.identifier)
    if (!isOffered(api)) return refused('target.not_published', api.identifier)
    targets.set(api.id, api)
  }
  return { ok: true, targets: [...targets.values()] }
}

/** A deprecated API takes no new subscriptions and goes on serving the old ones. */
function isOffered(api: TargetApi): boolean {
  return api.status === 'PUBLISHED' || api.status === 'DEPRECATED'
}

function subscribedApis(client: ApplicationClient, apis: ApisProjection): TargetApi[] {
  return client.application.subscriptions
    .filter((subscription) => subscription.status === 'ACTIVE')
    .map((subscription) => apis.byId(client.org, subscription.api))
    .filter((api) => api !== undefined)
    .filter(isOffered)
}

function targetsOfScopes(subscribed: readonly TargetApi[], scopes: readonly string[]): TargetDecision {
  const targets = new Map<string, TargetApi>()
  for (const scope of scopes) {
    const defining = subscribed.filter((api) => findScope(api, scope) !== undefined)
    const [api, another] = defining
    if (api === undefined) return refused('scope.undefined')
    if (another !== undefined) return refused('scope.ambiguous')
    targets.set(api.id, api)
  }
  return { ok: true, targets: [...targets.values()] }
}

/** By short or by fully qualified name; the two cannot be confused, as a short name never begins with `urn:`. */
function findScope(api: TargetApi, name: string): ApiScope | undefined {
  return api.scopesByShortName.get(name) ?? api.scopesByQualifiedName.get(name)
}

/**
 * The scopes that are granted (docs/protocol.md, exchange step 5): requested ∩ defined by the targets ∩ what the subject may
 * have ∩ what the credential allows. Nothing requested = all that would be granted, which may be none.
 *
 * @param mayHave whether the subject may have a scope, asked by its fully qualified name
 */
export function decideScopes(
  client: ApplicationClient,
  targets: readonly TargetApi[],
  requested: readonly string[],
  mayHave: (qualifiedName: string) => boolean,
): ScopeDecision {
  const candidates: ApiScope[] = []
  for (const name of requested) {
    const defining = targets.map((api) => findScope(api, name)).filter((scope) => scope !== undefined)
    const [scope, another] = defining
    if (scope === undefined) return refused('scope.undefined')
    if (another !== undefined) return refused('scope.ambiguous')
    if (!candidates.includes(scope)) candidates.push(scope)
  }
  if (requested.length === 0) candidates.push(...targets.flatMap((api) => [...api.scopesByShortName.values()]))
  const granted = candidates.filter((scope) => mayHave(scope.fullyQualifiedName) && credentialAllows(client, scope))
  if (requested.length > 0 && granted.length === 0) return refused('scope.none_granted')
  return { ok: true, scopes: granted }
}

function credentialAllows(client: ApplicationClient, scope: ApiScope): boolean {
  const allowed = client.credential.allowedScopes
  return allowed === undefined || allowed.includes(scope.name) || allowed.includes(scope.fullyQualifiedName)
}

/**
 * How granted scopes are written, in the token and in the answer alike: short names when the token is for one API, fully
 * qualified ones otherwise, where a short name would not say whose it is.
 */
export function scopeText(access: GrantedAccess): string | undefined {
  if (access.scopes.length === 0) return undefined
  const oneApi = access.targets.length === 1
  return access.scopes.map((scope) => (oneApi ? scope.name : scope.fullyQualifiedName)).join(' ')
}
