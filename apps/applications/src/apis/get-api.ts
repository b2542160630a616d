import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { apiAnswer } from './api.answer.js'
import { type ApiAnswer } from './api.schema.js'
import { type ApiStore } from './api.store.js'
import { findApi } from './find-api.js'

/** One API, by id or handle. */
export class GetApi {
  readonly #apis: ApiStore

  constructor(apis: ApiStore) {
    this.#apis = apis
  }

  async execute(org: OrganizationRef, idOrHandle: string): Promise<Result<ApiAnswer, Refusal>> {
    const api = await findApi(this.#apis, org, idOrHandle)
    return api.ok ? ok(apiAnswer(api.value)) : api
  }
}
