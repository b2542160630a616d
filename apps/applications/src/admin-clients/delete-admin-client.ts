import { type IfMatch } from '@cambio/service-kit'
import { type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { isKeptRole } from './admin-client.js'
import { type AdminClientStore } from './admin-client.store.js'
import { type KeptRoles } from './kept-roles.js'

/** Removes an admin client; its tokens stop as soon as that is published. */
export class DeleteAdminClient {
  readonly #clients: AdminClientStore
  readonly #keptRoles: KeptRoles

  constructor(clients: AdminClientStore, keptRoles: KeptRoles) {
    this.#clients = clients
    this.#keptRoles = keptRoles
  }

  /** Refuses with `last_owner`, `stale_revision` or `not_found`. */
  async execute(org: string, id: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const present = await this.#clients.get(org, id)
    if (!present.ok) return present
    return this.#keptRoles.inTurn(org, () =>
      this.#clients.remove(org, id, ifMatch, async ({ value: { role } }) =>
        isKeptRole(role) ? this.#keptRoles.refusalIfLast(org, id, role) : undefined,
      ),
    )
  }
}
