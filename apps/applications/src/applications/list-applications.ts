import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result, type StoredDocument } from '@cambio/store'

import { type ListRequest } from '../aggregates/aggregate-store.js'
import { type AnswerPage, answerPage } from '../aggregates/resource-answer.js'
import { type Refusal, refuseField } from '../refusals/refusal.js'
import { type ApplicationReach } from './application-access.js'
import { applicationAnswer } from './application.answer.js'
import { type Application } from './application.js'
import { type ApplicationAnswer, namesApplicationId } from './application.schema.js'
import { type ApplicationStore } from './application.store.js'

/** The applications of an organization that are within the caller's reach. */
export class ListApplications {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(
    org: OrganizationRef,
    reach: ApplicationReach,
    request: ListRequest,
  ): Promise<Result<AnswerPage<ApplicationAnswer>, Refusal>> {
    if (reach !== undefined) return this.#listed(org, reach, request)
    const page = await this.#applications.list(org.id, request)
    return page.ok ? ok(answerPage(page.value, applicationAnswer)) : page
  }

  /** A developer's few, in the order of their creation, which is that of their ids; a cursor is the last id of a page. */
  async #listed(
    org: OrganizationRef,
    reach: ReadonlySet<string>,
    { limit, cursor, q = '' }: ListRequest,
  ): Promise<Result<AnswerPage<ApplicationAnswer>, Refusal>> {
    if (cursor !== undefined && !namesApplicationId(cursor)) return refuseField('#/query/cursor', 'must be the nextCursor of such a list')
    const items: StoredDocument<Application>[] = []
    for (const id of [...reach].sort().filter((one) => cursor === undefined || one > cursor)) {
      const found = await this.#applications.get(org.id, id)
      if (found.ok && found.value.value.name.toLowerCase().startsWith(q.toLowerCase())) items.push(found.value)
    }
    const last = items[limit - 1]
    const nextCursor = items.length > limit && last !== undefined ? { nextCursor: last.id } : {}
    return ok(answerPage({ items: items.slice(0, limit), ...nextCursor }, applicationAnswer))
  }
}
