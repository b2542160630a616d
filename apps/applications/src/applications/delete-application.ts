import { type IfMatch } from '@cambio/service-kit'
import { type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ApplicationRef, findApplication } from './application-access.js'
import { type ApplicationStore } from './application.store.js'

/** Deletes an application with its keys, bindings and subscriptions: its clients are shut out as soon as that is published. */
export class DeleteApplication {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    return application.ok ? this.#applications.remove(ref.org.id, application.value.id, ifMatch) : application
  }
}
