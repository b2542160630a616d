import { LeaseStore } from '@cambio/store'
import { Module } from '@nestjs/common'

import { SecretMaker } from '../client-secrets/secret-maker.js'
import { Clock } from '../wiring/clock.js'
import { provide } from '../wiring/provide.js'
import { AdminClientStore } from './admin-client.store.js'
import { AdminClientsHttpController } from './admin-clients.http.controller.js'
import { ApplicationNames } from './application-names.js'
import { CreateAdminClient } from './create-admin-client.js'
import { DeleteAdminClient } from './delete-admin-client.js'
import { KeptRoles } from './kept-roles.js'
import { PatchAdminClient } from './patch-admin-client.js'
import { PlatformClientsHttpController } from './platform-clients.http.controller.js'
import { ReadAdminClients } from './read-admin-clients.js'
import { RotateClientSecret } from './rotate-client-secret.js'

@Module({
  controllers: [AdminClientsHttpController, PlatformClientsHttpController],
  providers: [
    provide(KeptRoles, [AdminClientStore, LeaseStore], (clients, leases) => new KeptRoles(clients, leases)),
    provide(
      CreateAdminClient,
      [AdminClientStore, SecretMaker, ApplicationNames],
      (clients, secrets, applications) => new CreateAdminClient(clients, secrets, applications),
    ),
    provide(ReadAdminClients, [AdminClientStore, Clock], (clients, clock) => new ReadAdminClients(clients, () => clock.now())),
    provide(
      PatchAdminClient,
      [AdminClientStore, KeptRoles, ApplicationNames, Clock],
      (clients, keptRoles, applications, clock) => new PatchAdminClient(clients, keptRoles, applications, () => clock.now()),
    ),
    provide(DeleteAdminClient, [AdminClientStore, KeptRoles], (clients, keptRoles) => new DeleteAdminClient(clients, keptRoles)),
    provide(RotateClientSecret, [AdminClientStore, SecretMaker], (clients, secrets) => new RotateClientSecret(clients, secrets)),
  ],
})
export class AdminClientsModule {}
