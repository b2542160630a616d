import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { notFound, refuse, type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'

/** Ends a subscription. */
export class Unsubscribe {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef, id: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const removed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      const isBlocked = value.subscriptions.some((subscription) => subscription.id === id && subscription.status === 'BLOCKED')
      // Else a developer would end it and subscribe anew, and be rid of the block.
      if (ref.reach !== undefined && isBlocked) return refuse('insufficient_scope', 'An administrator has blocked this subscription.')
      const subscriptions = value.subscriptions.filter((subscription) => subscription.id !== id)
      return subscriptions.length === value.subscriptions.length ? notFound('subscription') : ok({ ...value, subscriptions })
    })
    return removed.ok ? ok(null) : removed
  }
}
