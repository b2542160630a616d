import { type AppliedRevisions } from '@cambio/messaging'
import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ApiHealth } from './api-health.schema.js'
import { type ApiStore } from './api.store.js'
import { findApi } from './find-api.js'

/** Where an API, by id or handle, has arrived. */
export class GetApiHealth {
  readonly #apis: ApiStore
  readonly #applied: AppliedRevisions

  constructor(apis: ApiStore, applied: AppliedRevisions) {
    this.#apis = apis
    this.#applied = applied
  }

  async execute(org: OrganizationRef, idOrHandle: string): Promise<Result<ApiHealth, Refusal>> {
    const api = await findApi(this.#apis, org, idOrHandle)
    if (!api.ok) return api
    const { id, rev, value } = api.value
    const { name, handle, status } = value
    const applied = await this.#applied.count({ kind: 'apis', org: org.id, id }, rev)
    return ok({ api: { id, name, handle, rev, status }, applied })
  }
}
