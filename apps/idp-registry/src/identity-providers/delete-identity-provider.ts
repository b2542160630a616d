import { type IdentityProviderId } from '@cambio/contracts'
import { type IfMatch, matchesRevision } from '@cambio/service-kit'

import { type BindingApplication, type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { type RegistrationParts } from './identity-provider.parts.js'
import { findByIdOrName } from './identity-provider.store.js'

/** Tells which applications have bound client ids of a provider; undefined when that cannot be found out now. */
export abstract class Bindings {
  abstract of(org: string, id: IdentityProviderId): Promise<readonly BindingApplication[] | undefined>
}

export interface DeletionParts extends Pick<RegistrationParts, 'providers' | 'keySets' | 'announcements'> {
  readonly bindings: Bindings
}

/** Deletes a provider to which no application is bound. Who may still be bound is never guessed. */
export class DeleteIdentityProvider {
  constructor(private readonly parts: DeletionParts) {}

  async execute(org: string, idOrName: string, ifMatch: IfMatch): Promise<IdentityProviderResult<undefined>> {
    const { providers, bindings, announcements } = this.parts
    const found = await findByIdOrName(providers, org, idOrName)
    if (found === undefined) return refuse({ code: 'not_found' })
    if (!matchesRevision(ifMatch, found.rev)) return refuse({ code: 'stale_revision' })
    const applications = await bindings.of(org, found.id as IdentityProviderId)
    if (applications === undefined) return refuse({ code: 'bindings_unknown' })
    if (applications.length > 0) return refuse({ code: 'idp_in_use', applications })
    const removed = await providers.remove(org, found.id, found.rev)
    if (!removed.ok) return refuse({ code: removed.error.code === 'not_found' ? 'not_found' : 'revision_conflict' })
    await this.#removeKeySet(org, found.id)
    await announcements.identityProvider(removed.value)
    return { ok: true, value: undefined }
  }

  /** Without its provider a key set means nothing; one that a refresh has just changed is removed as an orphan later. */
  async #removeKeySet(org: string, id: string): Promise<void> {
    const { keySets, announcements } = this.parts
    const stored = await keySets.get(org, id)
    if (stored === undefined) return
    const removed = await keySets.remove(org, id, stored.rev)
    if (removed.ok) announcements.keySet(removed.value)
  }
}
