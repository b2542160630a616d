import { type IfMatch, type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { apiAnswer } from './api.answer.js'
import { type ApiStep, moveApi } from './api.js'
import { type ApiAnswer } from './api.schema.js'
import { type ApiStore } from './api.store.js'
import { findApi } from './find-api.js'

/** Publishes, deprecates or retires an API. */
export class MoveApi {
  readonly #apis: ApiStore

  constructor(apis: ApiStore) {
    this.#apis = apis
  }

  /** Refuses with `api_state` from a status that does not allow the step. */
  async execute(org: OrganizationRef, idOrHandle: string, step: ApiStep, ifMatch: IfMatch): Promise<Result<ApiAnswer, Refusal>> {
    const api = await findApi(this.#apis, org, idOrHandle)
    if (!api.ok) return api
    const moved = await this.#apis.edit(org.id, api.value.id, ifMatch, ({ value }) => moveApi(value, step))
    return moved.ok ? ok(apiAnswer(moved.value)) : moved
  }
}
