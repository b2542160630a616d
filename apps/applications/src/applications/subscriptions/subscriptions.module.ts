import { Module } from '@nestjs/common'

import { ApiStore } from '../../apis/api.store.js'
import { Clock } from '../../wiring/clock.js'
import { provide } from '../../wiring/provide.js'
import { ApplicationStore } from '../application.store.js'
import { ListSubscriptions } from './list-subscriptions.js'
import { PatchSubscription } from './patch-subscription.js'
import { Subscribe } from './subscribe.js'
import { SubscriptionsHttpController } from './subscriptions.http.controller.js'
import { Unsubscribe } from './unsubscribe.js'

@Module({
  controllers: [SubscriptionsHttpController],
  providers: [
    provide(
      Subscribe,
      [ApplicationStore, ApiStore, Clock],
      (applications, apis, clock) => new Subscribe(applications, apis, () => clock.now()),
    ),
    provide(ListSubscriptions, [ApplicationStore], (applications) => new ListSubscriptions(applications)),
    provide(PatchSubscription, [ApplicationStore, Clock], (applications, clock) => new PatchSubscription(applications, () => clock.now())),
    provide(Unsubscribe, [ApplicationStore], (applications) => new Unsubscribe(applications)),
  ],
})
export class SubscriptionsModule {}
