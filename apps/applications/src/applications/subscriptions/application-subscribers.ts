import { ok } from '@cambio/store'

import { ApiSubscribers } from '../../apis/api-subscribers.js'
import { withoutApi } from '../application.js'
import { type ApplicationStore, subscribedTo } from '../application.store.js'

/** The subscribers of an API are applications of its organization. */
export class ApplicationSubscribers extends ApiSubscribers {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    super()
    this.#applications = applications
  }

  async of(org: string, api: string): Promise<{ id: string; name: string }[]> {
    const found: { id: string; name: string }[] = []
    for await (const { id, value } of this.#applications.withLookup(org, subscribedTo(api))) found.push({ id, name: value.name })
    return found
  }

  async forget(org: string, api: string): Promise<void> {
    for await (const { id } of this.#applications.withLookup(org, subscribedTo(api))) {
      await this.#applications.edit(org, id, 'any', ({ value }) => ok(withoutApi(value, api)))
    }
  }
}
