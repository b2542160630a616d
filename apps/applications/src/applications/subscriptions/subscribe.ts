import { type ApiId } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { canBeSubscribedTo } from '../../apis/api.js'
import { type ApiStore } from '../../apis/api.store.js'
import { findApi } from '../../apis/find-api.js'
import { type Refusal, refuse, refuseField } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { withoutApi } from '../application.js'
import { createSubscription, type SubscriptionAnswer, subscriptionAnswer, type SubscriptionDraft } from './subscription.js'

/** Most subscriptions of one application: it has to fit into one message. */
const maxSubscriptions = 500

/** Subscribes an application to a published API of its own organization. */
export class Subscribe {
  readonly #applications: ApplicationStore
  readonly #apis: ApiStore
  readonly #now: () => Date

  constructor(applications: ApplicationStore, apis: ApiStore, now: () => Date) {
    this.#applications = applications
    this.#apis = apis
    this.#now = now
  }

  /** Refuses with `reference_unknown`, `api_not_published`, `already_subscribed`, `invalid_content` or `not_found`. */
  async execute(ref: ApplicationRef, draft: SubscriptionDraft): Promise<Result<SubscriptionAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const api = await findApi(this.#apis, ref.org, draft.api)
    if (!api.ok) return refuseField('/api', 'is no API of this organization', 'reference_unknown')
    if (!canBeSubscribedTo(api.value.value)) {
      return refuse('api_not_published', `This API is ${api.value.value.status}; only a published one can be subscribed to.`)
    }
    const apiId = api.value.id as ApiId
    const subscription = createSubscription(apiId, draft.plan, this.#now())
    const subscribed = await this.#applications.edit(ref.org.id, application.value.id, 'any', ({ value }) => {
      if (value.subscriptions.some((other) => other.api === apiId)) {
        return refuse('already_subscribed', 'This application is subscribed to this API already.')
      }
      if (value.subscriptions.length >= maxSubscriptions)
        return refuseField('', `an application has at most ${maxSubscriptions} subscriptions`)
      return ok({ ...value, subscriptions: [...value.subscriptions, subscription] })
    })
    if (!subscribed.ok) return subscribed
    return (await this.#isGone(ref, apiId, application.value.id))
      ? refuseField('/api', 'is no API of this organization', 'reference_unknown')
      : ok(subscriptionAnswer(subscription, subscribed.value.rev))
  }

  /** The API may have been deleted between the check and the write; then its deletion has not seen this subscription. */
  async #isGone({ org }: ApplicationRef, api: ApiId, application: string): Promise<boolean> {
    if ((await this.#apis.get(org.id, api)).ok) return false
    await this.#applications.edit(org.id, application, 'any', ({ value }) => ok(withoutApi(value, api)))
    return true
  }
}
