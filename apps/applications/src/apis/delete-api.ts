import { type IfMatch, type OrganizationRef } from '@cambio/service-kit'
import { type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ApiStore } from './api.store.js'
import { type ApiSubscribers } from './api-subscribers.js'
import { findApi } from './find-api.js'

/** Deletes an API to which nobody is subscribed. */
export class DeleteApi {
  readonly #apis: ApiStore
  readonly #subscribers: ApiSubscribers

  constructor(apis: ApiStore, subscribers: ApiSubscribers) {
    this.#apis = apis
    this.#subscribers = subscribers
  }

  /** Refuses with `api_in_use`, naming the applications. */
  async execute(org: OrganizationRef, idOrHandle: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const api = await findApi(this.#apis, org, idOrHandle)
    if (!api.ok) return api
    const { id } = api.value
    const removed = await this.#apis.remove(org.id, id, ifMatch, async () => this.#inUse(org, id))
    if (removed.ok) await this.#subscribers.forget(org.id, id)
    return removed
  }

  async #inUse(org: OrganizationRef, id: string): Promise<Refusal | undefined> {
    const applications = await this.#subscribers.of(org.id, id)
    if (applications.length === 0) return undefined
    return {
      code: 'api_in_use',
      detail: 'Applications are subscribed to this API; end their subscriptions first.',
      members: { applications: applications.slice(0, 100) },
    }
  }
}
