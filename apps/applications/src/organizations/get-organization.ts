import { PLATFORM } from '@cambio/contracts'
import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type OrganizationAnswer, organizationAnswer } from './organization.answer.js'
import { type OrganizationStore } from './organization.store.js'

/** One organization. */
export class GetOrganization {
  readonly #organizations: OrganizationStore

  constructor(organizations: OrganizationStore) {
    this.#organizations = organizations
  }

  async execute({ id }: OrganizationRef): Promise<Result<OrganizationAnswer, Refusal>> {
    const found = await this.#organizations.get(PLATFORM, id)
    return found.ok ? ok(organizationAnswer(found.value)) : found
  }
}
