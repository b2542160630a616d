import { AppliedRevisions } from '@cambio/messaging'
import { Module } from '@nestjs/common'

import { IdentityProviderDirectory } from '../identity-providers/identity-provider-directory.js'
import { provide } from '../wiring/provide.js'
import { ApplicationHealthHttpController } from './application-health.http.controller.js'
import { ApplicationStore } from './application.store.js'
import { ApplicationsHttpController } from './applications.http.controller.js'
import { CreateApplication } from './create-application.js'
import { DeleteApplication } from './delete-application.js'
import { GetApplicationHealth } from './get-application-health.js'
import { GetApplication } from './get-application.js'
import { ListApplications } from './list-applications.js'
import { PatchApplication } from './patch-application.js'

@Module({
  controllers: [ApplicationsHttpController, ApplicationHealthHttpController],
  providers: [
    provide(
      CreateApplication,
      [ApplicationStore, IdentityProviderDirectory],
      (applications, identityProviders) => new CreateApplication(applications, identityProviders),
    ),
    provide(ListApplications, [ApplicationStore], (applications) => new ListApplications(applications)),
    provide(GetApplication, [ApplicationStore], (applications) => new GetApplication(applications)),
    provide(
      GetApplicationHealth,
      [ApplicationStore, AppliedRevisions],
      (applications, applied) => new GetApplicationHealth(applications, applied),
    ),
    provide(
      PatchApplication,
      [ApplicationStore, IdentityProviderDirectory],
      (applications, identityProviders) => new PatchApplication(applications, identityProviders),
    ),
    provide(DeleteApplication, [ApplicationStore], (applications) => new DeleteApplication(applications)),
  ],
})
export class ApplicationsModule {}
