import { ok } from '@cambio/store'

import { withoutIdentityProvider } from './application.js'
import { type ApplicationStore, referringToIdp } from './application.store.js'

/**
 * Removes what refers to an identity provider that was deleted (docs/architecture.md, Aggregates). Until then such a
 * reference is without effect, so this may come late, twice, or be interrupted.
 */
export class ForgetIdentityProvider {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  /** @returns how many applications were changed */
  async execute(org: string, identityProvider: string): Promise<number> {
    let count = 0
    for await (const { id } of this.#applications.withLookup(org, referringToIdp(identityProvider))) {
      const changed = await this.#applications.edit(org, id, 'any', ({ value }) => ok(withoutIdentityProvider(value, identityProvider)))
      if (changed.ok) count += 1
    }
    return count
  }
}
