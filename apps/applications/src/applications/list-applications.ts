import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type ListRequest } from '../aggregates/aggregate-store.js'
import { pageOf } from '../aggregates/page-of.js'
import { type AnswerPage, answerPage } from '../aggregates/resource-answer.js'
import { type Refusal } from '../refusals/refusal.js'
import { type ApplicationReach } from './application-access.js'
import { applicationAnswer } from './application.answer.js'
import { type ApplicationAnswer } from './application.schema.js'
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

  /** A developer's few. */
  async #listed(
    org: OrganizationRef,
    reach: ReadonlySet<string>,
    { q = '', ...request }: ListRequest,
  ): Promise<Result<AnswerPage<ApplicationAnswer>, Refusal>> {
    const found = await Promise.all([...reach].map((id) => this.#applications.get(org.id, id)))
    const items = found.flatMap((one) => (one.ok ? [applicationAnswer(one.value)] : []))
    return pageOf(
      items.filter(({ name }) => name.toLowerCase().startsWith(q.toLowerCase())),
      request,
    )
  }
}
