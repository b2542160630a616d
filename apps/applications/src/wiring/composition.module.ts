import { AppliedRevisions, FeedOwners } from '@cambio/messaging'
import { AdminTrust, IdempotencyRecords, MutationAudit } from '@cambio/service-kit'
import { LeaseStore, Store } from '@cambio/store'
import { type DynamicModule, Module } from '@nestjs/common'

import { AdminClientStore } from '../admin-clients/admin-client.store.js'
import { ApplicationNames } from '../admin-clients/application-names.js'
import { ApiStore } from '../apis/api.store.js'
import { ApiSubscribers } from '../apis/api-subscribers.js'
import { ApplicationStore } from '../applications/application.store.js'
import { StoredApplicationNames } from '../applications/stored-application-names.js'
import { ApplicationSubscribers } from '../applications/subscriptions/application-subscribers.js'
import { SecretMaker } from '../client-secrets/secret-maker.js'
import { IdentityProviderDirectory } from '../identity-providers/identity-provider-directory.js'
import { RpcIdentityProviderDirectory } from '../identity-providers/rpc-identity-provider-directory.js'
import { OrganizationStore } from '../organizations/organization.store.js'
import { Clock } from './clock.js'
import { type Composition } from './composition.js'
import { OwnIssuer } from './own-issuer.js'

/** What the process opened, for every feature to inject, and the adapters by which one feature serves another. */
@Module({})
export class CompositionModule {
  static of(parts: Composition): DynamicModule {
    const providers = [
      { provide: Store, useValue: parts.store },
      { provide: LeaseStore, useValue: parts.store.leases() },
      { provide: Clock, useValue: parts.clock },
      { provide: OwnIssuer, useValue: new OwnIssuer(parts.configuration.issuer) },
      { provide: SecretMaker, useValue: parts.secrets },
      { provide: AdminTrust, useValue: parts.adminTrust },
      { provide: IdempotencyRecords, useValue: parts.idempotency },
      { provide: MutationAudit, useValue: parts.mutationAudit },
      { provide: FeedOwners, useValue: parts.feed.owners },
      { provide: AppliedRevisions, useValue: parts.feed.applied },
      { provide: OrganizationStore, useValue: parts.organizations },
      { provide: AdminClientStore, useValue: parts.adminClients },
      { provide: ApiStore, useValue: parts.apis },
      { provide: ApplicationStore, useValue: parts.applications },
      { provide: IdentityProviderDirectory, useValue: new RpcIdentityProviderDirectory(parts.feed.rpc) },
      { provide: ApiSubscribers, useValue: new ApplicationSubscribers(parts.applications) },
      { provide: ApplicationNames, useValue: new StoredApplicationNames(parts.applications) },
    ]
    return { module: CompositionModule, global: true, providers, exports: providers.map(({ provide }) => provide) }
  }
}
