import { type ApplicationId, isId } from '@cambio/contracts'
import { ok, refused, type Result } from '@cambio/store'

import { ApplicationNames } from '../admin-clients/application-names.js'
import { type Refusal } from '../refusals/refusal.js'
import { applicationNameKey, type ApplicationStore } from './application.store.js'

/** Looks applications up in the database. */
export class StoredApplicationNames extends ApplicationNames {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    super()
    this.#applications = applications
  }

  async resolve(org: string, names: readonly string[]): Promise<Result<ApplicationId[], Refusal>> {
    const found = await Promise.all(
      names.map((name) =>
        isId('application', name) ? this.#applications.get(org, name) : this.#applications.getByKey(org, applicationNameKey(org, name)),
      ),
    )
    const unknown = found.flatMap((one, index) =>
      one.ok ? [] : [{ pointer: `/applications/${index}`, detail: 'is no application of this organization' }],
    )
    if (unknown.length > 0) return refused({ code: 'reference_unknown', errors: unknown })
    return ok(found.flatMap((one) => (one.ok ? [one.value.id as ApplicationId] : [])))
  }
}
