import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ApplicationRef, findApplication } from './application-access.js'
import { applicationAnswer } from './application.answer.js'
import { type ApplicationAnswer } from './application.schema.js'
import { type ApplicationStore } from './application.store.js'

/** One application. */
export class GetApplication {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef): Promise<Result<ApplicationAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    return application.ok ? ok(applicationAnswer(application.value)) : application
  }
}
