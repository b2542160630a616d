import { Module } from '@nestjs/common'

import { IdentityProviderDirectory } from '../../identity-providers/identity-provider-directory.js'
import { Clock } from '../../wiring/clock.js'
import { provide } from '../../wiring/provide.js'
import { ApplicationStore } from '../application.store.js'
import { ApplicationsBoundTo } from './applications-bound-to.js'
import { BindClient } from './bind-client.js'
import { BindingsHttpController } from './bindings.http.controller.js'
import { BindingsRpcController } from './bindings.rpc.controller.js'
import { ListBindings } from './list-bindings.js'
import { UnbindClient } from './unbind-client.js'

@Module({
  controllers: [BindingsHttpController, BindingsRpcController],
  providers: [
    provide(
      BindClient,
      [ApplicationStore, IdentityProviderDirectory, Clock],
      (applications, identityProviders, clock) => new BindClient(applications, identityProviders, () => clock.now()),
    ),
    provide(ListBindings, [ApplicationStore], (applications) => new ListBindings(applications)),
    provide(UnbindClient, [ApplicationStore], (applications) => new UnbindClient(applications)),
    provide(ApplicationsBoundTo, [ApplicationStore], (applications) => new ApplicationsBoundTo(applications)),
  ],
})
export class BindingsModule {}
