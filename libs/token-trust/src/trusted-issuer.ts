import { type SubjectTokenType } from '@cambio/oauth'

import { type SignatureAlgorithm, withBothNames } from './algorithms.js'
import { type ClaimSources, hasClaim } from './claim-readers.js'
import { concreteIssuers, isIssuerTemplate } from './microsoft-tenants.js'
import { type KindMark, type ProviderPreset, providerPresets, type ProviderType } from './provider-presets.js'
import { type SharedIssuerRequirement, sharedIssuerRequirement } from './shared-issuers.js'
import { type JsonObject } from './strict-json.js'

/** Values that a required claim can be compared with. */
export type ClaimScalar = string | number | boolean

/** Claims that a token must have, each with the value, or the values of which it must have one. */
export type RequiredClaims = Readonly<Record<string, ClaimScalar | readonly ClaimScalar[]>>

/** A list that cannot be empty. */
export type NonEmpty<T> = readonly [T, ...T[]]

/** Narrows a list whose length only its schema knows. */
export const isNonEmpty = <T>(list: readonly T[]): list is NonEmpty<T> => list.length > 0

/** What one identity provider is trusted for: the registration, as far as the gate reads it. Issuer and audiences cannot be left out. */
export interface IssuerPolicy {
  /** Compared with `iss` byte for byte; or Microsoft's template with `{tenantid}`. */
  readonly issuer: string
  /** The token must be for one of these; a token of an allowed issuer for somebody else proves nothing. */
  readonly allowedAudiences: NonEmpty<string>
  /** Default `generic`. */
  readonly type?: ProviderType | undefined
  /** Default: those of the provider's preset. */
  readonly allowedAlgorithms?: readonly SignatureAlgorithm[] | undefined
  /** Default `jwt` and `access_token`. */
  readonly acceptedTokenTypes?: readonly SubjectTokenType[] | undefined
  /** What is left out comes from the provider's preset. */
  readonly claims?: ClaimSources | undefined
  readonly requiredClaims?: RequiredClaims | undefined
  /** Tenant ids that the issuer template stands for. */
  readonly tenants?: readonly string[] | undefined
  /** Oldest `iat` that is taken. Default 3600; null = any age, and `iat` may be absent. */
  readonly maxTokenAgeSeconds?: number | null | undefined
  /** Longest time from `iat` to `exp`. Default 86400. */
  readonly maxTokenLifetimeSeconds?: number | undefined
  /** How far the clocks may differ. Default 30. */
  readonly clockSkewSeconds?: number | undefined
  /** Every `jti` is taken once: the gate asks for one, the caller claims it. Default false. */
  readonly singleUse?: boolean | undefined
  /** Sees the verified claims. Anything but `true`, a promise or an exception too, denies. */
  readonly condition?: ((claims: JsonObject) => unknown) | undefined
}

/** An {@link IssuerPolicy} made ready for the hot path: defaults filled in, lists turned into sets. Build it once a revision. */
export interface TrustedIssuer {
  /** As registered, possibly a template. */
  readonly issuer: string
  /** What `iss` may be; also the keys under which to find this issuer. */
  readonly concreteIssuers: ReadonlySet<string>
  readonly isTemplate: boolean
  /** Those of {@link concreteIssuers} that are shared by strangers and not narrowed to one owner, with the claims that would do it. */
  readonly ownerless: ReadonlyMap<string, readonly string[]>
  readonly type: ProviderType
  readonly allowedAudiences: ReadonlySet<string>
  readonly allowedAlgorithms: ReadonlySet<SignatureAlgorithm>
  readonly acceptedTokenTypes: ReadonlySet<SubjectTokenType>
  readonly claimSources: ClaimSources
  readonly scopesMayHaveApplicationUri: boolean
  readonly marksAccessTokens: boolean
  readonly kindMark: (claims: JsonObject) => KindMark
  readonly requiredClaims: readonly (readonly [claim: string, values: ReadonlySet<unknown>])[]
  readonly maxTokenAgeSeconds: number | null
  readonly maxTokenLifetimeSeconds: number
  readonly clockSkewSeconds: number
  readonly singleUse: boolean
  readonly condition: ((claims: JsonObject) => unknown) | undefined
}

export const defaultAcceptedTokenTypes: readonly SubjectTokenType[] = ['jwt', 'access_token']
export const defaultMaxTokenAgeSeconds = 3600
export const defaultMaxTokenLifetimeSeconds = 86_400
export const defaultClockSkewSeconds = 30

/**
 * Makes a policy ready. Never throws: what is wrong in it (an algorithm that is none, a template on a foreign host, a shared issuer
 * without owner) makes tokens be rejected, so that a registration changed behind the registry's back fails closed.
 */
export function trustIssuer(policy: IssuerPolicy): TrustedIssuer {
  const preset = providerPresets[policy.type ?? 'generic']
  const issuers = concreteIssuers(policy.issuer, policy.tenants)
  return {
    issuer: policy.issuer,
    concreteIssuers: new Set(issuers),
    ownerless: ownerless(issuers, policy.requiredClaims ?? {}),
    isTemplate: isIssuerTemplate(policy.issuer),
    type: policy.type ?? 'generic',
    allowedAudiences: new Set(policy.allowedAudiences.filter((audience) => audience !== '')),
    allowedAlgorithms: withBothNames(policy.allowedAlgorithms ?? preset.allowedAlgorithms),
    acceptedTokenTypes: new Set(policy.acceptedTokenTypes ?? defaultAcceptedTokenTypes),
    claimSources: sourcesOf(preset, policy.claims),
    scopesMayHaveApplicationUri: policy.type === 'microsoft',
    ...kindMarking(preset, policy.claims?.accessTokenMark),
    requiredClaims: Object.entries(policy.requiredClaims ?? {}).map(([claim, values]) => [
      claim,
      new Set(typeof values === 'object' ? values : [values]),
    ]),
    maxTokenAgeSeconds: policy.maxTokenAgeSeconds === undefined ? defaultMaxTokenAgeSeconds : policy.maxTokenAgeSeconds,
    maxTokenLifetimeSeconds: policy.maxTokenLifetimeSeconds ?? defaultMaxTokenLifetimeSeconds,
    clockSkewSeconds: policy.clockSkewSeconds ?? defaultClockSkewSeconds,
    singleUse: policy.singleUse ?? false,
    condition: policy.condition,
  }
}

function sourcesOf(preset: ProviderPreset, own: ClaimSources = {}): ClaimSources {
  return {
    clientId: own.clientId ?? preset.claims.clientId,
    scopes: own.scopes ?? preset.claims.scopes,
    roles: own.roles ?? preset.claims.roles,
    accessTokenMark: own.accessTokenMark,
  }
}

function ownerless(issuers: readonly string[], requiredClaims: RequiredClaims): ReadonlyMap<string, readonly string[]> {
  const lacking = new Map<string, readonly string[]>()
  for (const issuer of issuers) {
    const requirement = missingOwnerClaim(issuer, Object.keys(requiredClaims))
    if (requirement) lacking.set(issuer, requirement.ownerClaims)
  }
  return lacking
}

/** A mark named by the registration counts in place of the preset's. */
function kindMarking(preset: ProviderPreset, mark: ClaimSources['accessTokenMark']): Pick<TrustedIssuer, 'marksAccessTokens' | 'kindMark'> {
  if (mark === undefined) return { marksAccessTokens: preset.marksAccessTokens, kindMark: preset.kindMark }
  return { marksAccessTokens: true, kindMark: (claims) => (hasClaim(claims, mark) ? 'access_token' : 'unmarked') }
}

/**
 * What a registration of a shared issuer lacks: the requirement, if none of its required claims names the owner; `undefined` when
 * nothing is missing. The registry answers 422 `condition_required` with it, the gate rejects.
 */
export function missingOwnerClaim(issuer: string, requiredClaims: readonly string[]): SharedIssuerRequirement | undefined {
  const requirement = sharedIssuerRequirement(issuer)
  return requirement && !requirement.ownerClaims.some((claim) => requiredClaims.includes(claim)) ? requirement : undefined
}
