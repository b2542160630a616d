import { type FeedEntry, type IdentityProviderId, type IdentityProviderValue } from '@cambio/contracts'
import { ClaimedIndex } from '@cambio/messaging'
import { isNonEmpty, trustIssuer, type TrustedIssuer } from '@cambio/token-trust'

import { scopesGivenBy, type SubjectScopes } from './subject-scopes.js'

/** A registered identity provider, ready for the hot path. */
export interface RegisteredIssuer {
  readonly id: IdentityProviderId
  readonly org: string
  readonly value: IdentityProviderValue
  readonly trust: TrustedIssuer
  readonly scopes: SubjectScopes
}

/** Identity providers by (organization, exact issuer) and by id. */
export class IssuersProjection {
  readonly #byId = new Map<string, RegisteredIssuer>()
  readonly #byIssuer = new ClaimedIndex<RegisteredIssuer>()

  apply(entry: FeedEntry<IdentityProviderValue>): void {
    const issuer = entry.value === null ? undefined : registeredIssuer(entry.id as IdentityProviderId, entry.org, entry.value)
    if (issuer === undefined) this.#byId.delete(entry.id)
    else this.#byId.set(entry.id, issuer)
    const names = [...(issuer?.trust.concreteIssuers ?? [])]
    this.#byIssuer.replace(entry.id, issuer === undefined ? [] : names.map((name) => [issuerKey(entry.org, name), issuer]))
  }

  /** @param issuer compared byte for byte */
  byIssuer(org: string, issuer: string): RegisteredIssuer | undefined {
    return this.#byIssuer.get(issuerKey(org, issuer))
  }

  byId(org: string, id: string): RegisteredIssuer | undefined {
    const found = this.#byId.get(id)
    return found?.org === org ? found : undefined
  }
}

/** An organization's id holds no space, so the pair has one reading. */
function issuerKey(org: string, issuer: string): string {
  return `${org} ${issuer}`
}

function registeredIssuer(id: IdentityProviderId, org: string, value: IdentityProviderValue): RegisteredIssuer | undefined {
  const { allowedAudiences } = value
  // The schema asks for one; without any, no token could pass, so there is nothing to register.
  if (!isNonEmpty(allowedAudiences)) return undefined
  const { clientId, scopes, roles, accessTokenMark } = value.claims
  const trust = trustIssuer({
    issuer: value.issuer,
    type: value.type,
    allowedAudiences,
    allowedAlgorithms: value.allowedAlgorithms,
    acceptedTokenTypes: value.acceptedTokenTypes,
    claims: {
      ...(clientId !== undefined && { clientId }),
      ...(scopes !== undefined && { scopes }),
      ...(roles !== undefined && { roles }),
      ...(accessTokenMark !== undefined && { accessTokenMark }),
    },
    requiredClaims: value.requiredClaims,
    tenants: value.tenants,
    maxTokenAgeSeconds: value.maxTokenAgeSeconds,
    maxTokenLifetimeSeconds: value.maxTokenLifetimeSeconds,
    clockSkewSeconds: value.clockSkewSeconds,
    singleUse: value.singleUse,
    // A condition that this version cannot evaluate denies everyone (fail closed).
    ...(value.condition !== undefined && { condition: () => false }),
  })
  return { id, org, value, trust, scopes: scopesGivenBy(value.scopeMappings) }
}
