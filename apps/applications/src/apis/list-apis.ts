import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type ListRequest } from '../aggregates/aggregate-store.js'
import { type AnswerPage, answerPage } from '../aggregates/resource-answer.js'
import { type Refusal } from '../refusals/refusal.js'
import { apiAnswer } from './api.answer.js'
import { type ApiAnswer } from './api.schema.js'
import { type ApiStore } from './api.store.js'

/** The APIs of an organization. */
export class ListApis {
  readonly #apis: ApiStore

  constructor(apis: ApiStore) {
    this.#apis = apis
  }

  async execute(org: OrganizationRef, request: ListRequest): Promise<Result<AnswerPage<ApiAnswer>, Refusal>> {
    const page = await this.#apis.list(org.id, request)
    return page.ok ? ok(answerPage(page.value, apiAnswer)) : page
  }
}
