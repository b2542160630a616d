import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { notFound, refuse, type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { changeSubscription, type SubscriptionAnswer, subscriptionAnswer, type SubscriptionPatch } from './subscription.js'

/** Blocks a subscription, takes the block away, or changes its plan. */
export class PatchSubscription {
  readonly #applications: ApplicationStore
  readonly #now: () => Date

  constructor(applications: ApplicationStore, now: () => Date) {
    this.#applications = applications
    this.#now = now
  }

  async execute(ref: ApplicationRef, id: string, ifMatch: IfMatch, patch: SubscriptionPatch): Promise<Result<SubscriptionAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    // A block is put on against the application's own developers, so they cannot take it away.
    if (ref.reach !== undefined && patch.status !== undefined) return refuse('insufficient_scope', 'An administrator decides the status.')
    const changed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      if (!value.subscriptions.some((subscription) => subscription.id === id)) return notFound('subscription')
      const subscriptions = value.subscriptions.map((subscription) =>
        subscription.id === id ? changeSubscription(subscription, patch, this.#now()) : subscription,
      )
      return ok({ ...value, subscriptions })
    })
    if (!changed.ok) return changed
    const subscription = changed.value.value.subscriptions.find((one) => one.id === id)
    return subscription === undefined ? notFound('subscription') : ok(subscriptionAnswer(subscription, changed.value.rev))
  }
}
