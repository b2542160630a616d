import { PLATFORM } from '@cambio/contracts'
import { type AdminCaller } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type ListRequest } from '../aggregates/aggregate-store.js'
import { type AnswerPage, answerPage, wholeList } from '../aggregates/resource-answer.js'
import { type Refusal } from '../refusals/refusal.js'
import { type OrganizationAnswer, organizationAnswer } from './organization.answer.js'
import { type OrganizationStore } from './organization.store.js'

/** The organizations that a caller may see: all, or its own. */
export class ListOrganizations {
  readonly #organizations: OrganizationStore

  constructor(organizations: OrganizationStore) {
    this.#organizations = organizations
  }

  async execute({ organization }: AdminCaller, request: ListRequest): Promise<Result<AnswerPage<OrganizationAnswer>, Refusal>> {
    if (organization !== undefined) {
      const own = await this.#organizations.get(PLATFORM, organization)
      const q = (request.q ?? '').toLowerCase()
      return ok(wholeList(own.ok && own.value.value.name.toLowerCase().startsWith(q) ? [organizationAnswer(own.value)] : []))
    }
    const page = await this.#organizations.list(PLATFORM, request)
    return page.ok ? ok(answerPage(page.value, organizationAnswer)) : page
  }
}
