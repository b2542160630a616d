import { newId, PLATFORM } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type OrganizationAnswer, organizationAnswer } from './organization.answer.js'
import { createOrganization, type OrganizationDraft } from './organization.js'
import { type OrganizationStore } from './organization.store.js'

/** Creates an organization; a platform administrator then gives it its first owner. */
export class CreateOrganization {
  readonly #organizations: OrganizationStore

  constructor(organizations: OrganizationStore) {
    this.#organizations = organizations
  }

  /** Refuses with `handle_reserved` or `handle_exists`. */
  async execute(draft: OrganizationDraft): Promise<Result<OrganizationAnswer, Refusal>> {
    const organization = createOrganization(draft)
    if (!organization.ok) return organization
    const inserted = await this.#organizations.insert(PLATFORM, newId('organization'), organization.value)
    return inserted.ok ? ok(organizationAnswer(inserted.value)) : inserted
  }
}
