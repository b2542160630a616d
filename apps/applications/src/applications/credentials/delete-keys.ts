import { type Environment } from '@cambio/contracts'
import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { notFound, type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'

/** Ends the keys of an environment; keys that are generated afterwards have another client id. */
export class DeleteKeys {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef, environment: Environment, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const removed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      const credentials = value.credentials.filter((credential) => credential.environment !== environment)
      return credentials.length === value.credentials.length ? notFound('key') : ok({ ...value, credentials })
    })
    return removed.ok ? ok(null) : removed
  }
}
