import { PLATFORM } from '@cambio/contracts'
import { type IfMatch, type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type OrganizationAnswer, organizationAnswer } from './organization.answer.js'
import { changeOrganization, type OrganizationPatch } from './organization.js'
import { type OrganizationStore } from './organization.store.js'

/** Renames an organization. */
export class PatchOrganization {
  readonly #organizations: OrganizationStore

  constructor(organizations: OrganizationStore) {
    this.#organizations = organizations
  }

  /** Refuses with `handle_immutable`, `stale_revision` or `not_found`. */
  async execute({ id }: OrganizationRef, ifMatch: IfMatch, patch: OrganizationPatch): Promise<Result<OrganizationAnswer, Refusal>> {
    const changed = await this.#organizations.edit(PLATFORM, id, ifMatch, ({ value }) => changeOrganization(value, patch))
    return changed.ok ? ok(organizationAnswer(changed.value)) : changed
  }
}
