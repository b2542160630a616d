import { type AllowedActor, type OrganizationId } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type IdentityProviderDirectory, resolveIdentityProvider } from '../../identity-providers/identity-provider-directory.js'
import { type Refusal } from '../../refusals/refusal.js'

/** The actors of a body with their identity providers by id. */
export async function resolveActors(
  directory: IdentityProviderDirectory,
  org: OrganizationId,
  actors: readonly { readonly identityProvider: string; readonly sub: string }[],
): Promise<Result<AllowedActor[], Refusal>> {
  const resolved: AllowedActor[] = []
  for (const [index, { identityProvider, sub }] of actors.entries()) {
    const idp = await resolveIdentityProvider(directory, org, identityProvider, `/allowedActors/${index}/identityProvider`)
    if (!idp.ok) return idp
    resolved.push({ identityProvider: idp.value.id, sub })
  }
  return ok(resolved)
}
