import { feedConfirmController } from '@cambio/messaging'
import { type DynamicModule, Module } from '@nestjs/common'

import { AdminClientsModule } from './admin-clients/admin-clients.module.js'
import { ApisModule } from './apis/apis.module.js'
import { ApplicationsModule } from './applications/applications.module.js'
import { BindingsModule } from './applications/bindings/bindings.module.js'
import { ConnectionInfoModule } from './applications/connection-info/connection-info.module.js'
import { CredentialsModule } from './applications/credentials/credentials.module.js'
import { SubscriptionsModule } from './applications/subscriptions/subscriptions.module.js'
import { FirstStartModule } from './first-start/first-start.module.js'
import { LifecycleModule } from './lifecycle/lifecycle.module.js'
import { OrganizationsModule } from './organizations/organizations.module.js'
import { type Composition } from './wiring/composition.js'
import { CompositionModule } from './wiring/composition.module.js'

/** The composition root: what was opened, and every feature. */
@Module({})
export class AppModule {
  static with(parts: Composition): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CompositionModule.of(parts),
        OrganizationsModule,
        AdminClientsModule,
        ApisModule,
        ApplicationsModule,
        CredentialsModule,
        BindingsModule,
        SubscriptionsModule,
        ConnectionInfoModule,
        FirstStartModule.with(parts),
        LifecycleModule.with(parts),
      ],
      controllers: [feedConfirmController('applications')],
    }
  }
}
