import { type ApplicationId, type IdentityProviderId, type OrganizationId } from '@cambio/contracts'

import { type ApplicationStore, boundToIdp } from '../application.store.js'

export interface BoundApplication {
  readonly id: ApplicationId
  readonly name: string
}

/** Which applications have bound a client id of an identity provider: its owner asks before it deletes it. */
export class ApplicationsBoundTo {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(org: OrganizationId, identityProvider: IdentityProviderId): Promise<BoundApplication[]> {
    const found: BoundApplication[] = []
    for await (const { id, value } of this.#applications.withLookup(org, boundToIdp(identityProvider))) {
      found.push({ id: id as ApplicationId, name: value.name })
    }
    return found
  }
}
