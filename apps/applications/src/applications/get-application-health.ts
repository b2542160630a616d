import { type AppliedRevisions } from '@cambio/messaging'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ApplicationRef, findApplication } from './application-access.js'
import { type ApplicationHealth } from './application-health.schema.js'
import { type ApplicationStore } from './application.store.js'

/** Where an application with its keys, bindings and subscriptions has arrived. */
export class GetApplicationHealth {
  readonly #applications: ApplicationStore
  readonly #applied: AppliedRevisions

  constructor(applications: ApplicationStore, applied: AppliedRevisions) {
    this.#applications = applications
    this.#applied = applied
  }

  async execute(ref: ApplicationRef): Promise<Result<ApplicationHealth, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const { id, rev, value } = application.value
    const applied = await this.#applied.count({ kind: 'applications', org: ref.org.id, id }, rev)
    return ok({ application: { id, name: value.name, rev }, applied })
  }
}
