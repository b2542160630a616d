import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { notFound, type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'

/** Removes a binding; the client id may then be bound elsewhere. */
export class UnbindClient {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef, id: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const removed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      const bindings = value.bindings.filter((binding) => binding.id !== id)
      return bindings.length === value.bindings.length ? notFound('binding') : ok({ ...value, bindings })
    })
    return removed.ok ? ok(null) : removed
  }
}
