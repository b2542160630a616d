import { type OrganizationId, PLATFORM } from '@cambio/contracts'

import { organizationHandleKey, type OrganizationStore } from './organization.store.js'

export interface FoundOrganization {
  readonly id: OrganizationId
  readonly handle: string
  readonly name: string
}

/** The organization of a handle, from the database itself: also one that was made a moment ago. */
export class FindOrganization {
  readonly #organizations: OrganizationStore

  constructor(organizations: OrganizationStore) {
    this.#organizations = organizations
  }

  async execute(handle: string): Promise<FoundOrganization | undefined> {
    const found = await this.#organizations.getByKey(PLATFORM, organizationHandleKey(handle))
    if (!found.ok) return undefined
    return { id: found.value.id as OrganizationId, handle: found.value.value.handle, name: found.value.value.name }
  }
}
