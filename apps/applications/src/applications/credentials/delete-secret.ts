import { type Environment } from '@cambio/contracts'
import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { withoutSecret } from '../../client-secrets/live-secrets.js'
import { type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { timesOf } from '../application.js'
import { type ApplicationStore } from '../application.store.js'
import { findCredential, withCredential } from './find-credential.js'

/** Ends one secret at once. The last one may go too: the client is then shut out until it is given another. */
export class DeleteSecret {
  readonly #applications: ApplicationStore
  readonly #now: () => Date

  constructor(applications: ApplicationStore, now: () => Date) {
    this.#applications = applications
    this.#now = now
  }

  async execute(ref: ApplicationRef, environment: Environment, secret: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const now = this.#now()
    const removed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      const credential = findCredential(value, environment)
      if (!credential.ok) return credential
      const secrets = withoutSecret(credential.value.secrets, secret, now)
      if (!secrets.ok) return secrets
      return ok(withCredential(value, { ...credential.value, secrets: secrets.value, ...timesOf(now, credential.value.createdAt) }))
    })
    return removed.ok ? ok(null) : removed
  }
}
