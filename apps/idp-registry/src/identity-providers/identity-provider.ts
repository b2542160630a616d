import { type ClaimSources, identityProviderSchema, type IdentityProviderValue } from '@cambio/contracts'
import { defaultClockSkewSeconds, defaultMaxTokenAgeSeconds, defaultMaxTokenLifetimeSeconds, providerPresets } from '@cambio/token-trust'
import { z } from 'zod'

import { type Settings } from './identity-provider.fields.js'

/**
 * An identity provider as it is stored: what other services see, and beyond it what only the registry needs. `claims` holds
 * what the administrator gave; the rest of them follows from the type.
 */
export const identityProviderDocumentSchema = identityProviderSchema.extend({
  confirmHost: z.string().optional(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
})

export type IdentityProvider = z.infer<typeof identityProviderDocumentSchema>

/** What a registration cannot be without, from the administrator or from discovery. */
export interface FilledIn {
  readonly issuer: string
  readonly tokenEndpoint?: string
  readonly authorizationEndpoint?: string
  /** Absent with inline keys. */
  readonly jwksUri?: string
  /** The digest of issuer and address, or of issuer and inline keys. */
  readonly keySource: string
  readonly allowedAlgorithms: IdentityProvider['allowedAlgorithms']
}

export const defaultJwksMaxStaleSeconds = 86_400

/** A registration of settings that were checked, with its defaults (docs/api.md, idp-registry). */
export function registration(identity: { name: string; enabled: boolean }, settings: Settings, filledIn: FilledIn): IdentityProvider {
  const type = settings.type ?? 'generic'
  return {
    // One by one, as what is passed may be the former registration with more in it.
    name: identity.name,
    enabled: identity.enabled,
    type,
    ...given(settings, ['description', 'wellKnownUrl', 'maxSessionSeconds', 'confirmHost', 'jwks']),
    ...filledIn,
    allowedAudiences: settings.allowedAudiences,
    tokenMode: settings.tokenMode ?? 'EXCHANGED',
    environments: settings.environments ?? ['production', 'sandbox'],
    acceptedTokenTypes: settings.acceptedTokenTypes ?? ['jwt', 'access_token'],
    claims: settings.claims ?? {},
    scopeMappings: settings.scopeMappings ?? [],
    claimMappings: settings.claimMappings ?? [],
    requiredClaims: settings.requiredClaims ?? {},
    tenants: settings.tenants ?? [],
    maxTokenAgeSeconds: settings.maxTokenAgeSeconds === undefined ? defaultMaxTokenAgeSeconds : settings.maxTokenAgeSeconds,
    maxTokenLifetimeSeconds: settings.maxTokenLifetimeSeconds ?? defaultMaxTokenLifetimeSeconds,
    clockSkewSeconds: settings.clockSkewSeconds ?? defaultClockSkewSeconds,
    singleUse: settings.singleUse ?? false,
    jwksMaxStaleSeconds: settings.jwksMaxStaleSeconds ?? defaultJwksMaxStaleSeconds,
  }
}

/** The members that are there; an absent one stays absent. */
function given<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Pick<T, K>
}

/** The settings that lead to this registration: what a patch is applied to. Empty lists count as not given. */
export function settingsOf(value: IdentityProvider): Settings {
  const settings: Settings & { name?: string; enabled?: boolean; keySource?: string } = { ...value }
  delete settings.name
  delete settings.enabled
  delete settings.keySource
  if (value.tenants.length === 0) delete settings.tenants
  return settings
}

/** Whether tokens or keys of the one registration would mean something else under the other. */
export function hasOtherTrustSource(before: IdentityProvider, after: Settings): boolean {
  return (
    before.issuer !== after.issuer ||
    before.jwksUri !== after.jwksUri ||
    (after.wellKnownUrl !== undefined && before.wellKnownUrl !== after.wellKnownUrl) ||
    JSON.stringify(before.jwks) !== JSON.stringify(after.jwks)
  )
}

/** Where the provider puts what decisions read: what was given, completed by its type. */
export const effectiveClaims = ({ type, claims }: Pick<IdentityProvider, 'type' | 'claims'>): ClaimSources => ({
  ...presetClaims(type),
  ...claims,
})

function presetClaims(type: IdentityProvider['type']): ClaimSources {
  const { clientId, scopes, roles } = providerPresets[type].claims
  const list = (names: string | readonly string[]): string | string[] => (typeof names === 'string' ? names : [...names])
  return {
    ...(clientId === undefined ? {} : { clientId: list(clientId) }),
    ...(scopes === undefined ? {} : { scopes: list(scopes) }),
    ...(roles === undefined ? {} : { roles: list(roles) }),
  }
}

/** The state that other services see. */
export function publicIdentityProvider(value: IdentityProvider): IdentityProviderValue {
  const published: IdentityProvider = { ...value, claims: effectiveClaims(value) }
  delete published.confirmHost
  delete published.jwks
  return published
}
