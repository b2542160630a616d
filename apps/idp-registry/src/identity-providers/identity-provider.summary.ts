import { type IdentityProviderId, type IdentityProviderSummary } from '@cambio/contracts'

import { tokenLabelOf } from '../provider-types/provider-type.js'
import { type StoredIdentityProvider } from './identity-provider.store.js'

/** What other services may know when they refer to a provider or show it. */
export function identityProviderSummary({ id, value }: StoredIdentityProvider): IdentityProviderSummary {
  const { name, type, enabled, environments, issuer, tokenEndpoint, authorizationEndpoint } = value
  return {
    // Ids of this collection are made by `newId('identityProvider')` alone.
    id: id as IdentityProviderId,
    name,
    type,
    enabled,
    environments,
    issuer,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(authorizationEndpoint === undefined ? {} : { authorizationEndpoint }),
    tokenLabel: tokenLabelOf(type),
  }
}
