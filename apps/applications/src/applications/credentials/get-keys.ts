import { type Environment } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { keysAnswer } from './credential.answer.js'
import { type KeysAnswer } from './credential.schema.js'
import { findCredential } from './find-credential.js'

/** The keys of an application in one environment, without their secrets. */
export class GetKeys {
  readonly #applications: ApplicationStore
  readonly #now: () => Date

  constructor(applications: ApplicationStore, now: () => Date) {
    this.#applications = applications
    this.#now = now
  }

  async execute(ref: ApplicationRef, environment: Environment): Promise<Result<KeysAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const credential = findCredential(application.value.value, environment)
    return credential.ok ? ok(keysAnswer(credential.value, application.value.rev, this.#now())) : credential
  }
}
