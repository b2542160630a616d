import { type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { type RegistrationParts } from './identity-provider.parts.js'
import { findByIdOrName, type StoredIdentityProvider } from './identity-provider.store.js'

/** Writers who meet each other again this often have another problem. */
const attempts = 5

/** Enables or disables a provider; when it is so already, nothing is written. */
export class EnableIdentityProvider {
  constructor(private readonly parts: Pick<RegistrationParts, 'providers' | 'announcements'>) {}

  async execute(org: string, idOrName: string, enabled: boolean): Promise<IdentityProviderResult<StoredIdentityProvider>> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = await findByIdOrName(this.parts.providers, org, idOrName)
      if (before === undefined) return refuse({ code: 'not_found' })
      if (before.value.enabled === enabled) return { ok: true, value: before }
      const written = await this.parts.providers.replace(org, before.id, before.rev, { ...before.value, enabled })
      if (written.ok) {
        await this.parts.announcements.identityProvider(written.value)
        return { ok: true, value: written.value }
      }
      // Whatever else changed meanwhile, the wish stands: read again and set it on top.
    }
    return refuse({ code: 'revision_conflict' })
  }
}
