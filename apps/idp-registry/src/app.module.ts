import { AppliedRevisions, feedConfirmController, FeedOwners } from '@cambio/messaging'
import { SafeFetcher } from '@cambio/safe-fetch'
import { AdminTrust, adminTrustOf, IdempotencyRecords, Log, Metrics, MutationAudit, Readiness } from '@cambio/service-kit'
import { Store } from '@cambio/store'
import { type DynamicModule, Module, type ValueProvider } from '@nestjs/common'

import { Clock } from './clock/clock.js'
import { RegistrationAssessor } from './discovery/assess-registration.js'
import { ProviderDocuments } from './discovery/provider-documents.js'
import { DiscoveryModule } from './discovery/discovery.module.js'
import { RegistryFeed } from './feed/registry-feed.js'
import { AskedBindings } from './identity-providers/asked-bindings.js'
import { Bindings } from './identity-providers/delete-identity-provider.js'
import { Announcements } from './identity-providers/identity-provider.parts.js'
import { identityProviderStore, IdentityProviderStore } from './identity-providers/identity-provider.store.js'
import { IdentityProvidersModule } from './identity-providers/identity-providers.module.js'
import { CollectionLifecycle } from './key-sets/collection-lifecycle.js'
import { KeySetCollector } from './key-sets/key-set-collector.js'
import { keySetStore, KeySetStore } from './key-sets/key-set.store.js'
import { KeySetsModule } from './key-sets/key-sets.module.js'
import { KeySetRefresher } from './key-sets/refresh-key-set.js'
import { ProviderTypesModule } from './provider-types/provider-types.module.js'
import { type RegistryRuntime } from './registry-runtime.js'
import { StoreLifecycle } from './storage/store-lifecycle.js'

/** What the features inject from each other and from outside. */
@Module({})
class SharedModule {
  static of({ store, feed, clock, fetcher, policy, settings }: RegistryRuntime): DynamicModule {
    const providers = identityProviderStore(store)
    const keySets = keySetStore(store)
    const registryFeed = new RegistryFeed({ feed, leases: store.leases(), providers, keySets })
    const shared: ValueProvider[] = [
      { provide: Clock, useValue: clock },
      { provide: Store, useValue: store },
      { provide: SafeFetcher, useValue: fetcher },
      { provide: IdentityProviderStore, useValue: providers },
      { provide: KeySetStore, useValue: keySets },
      { provide: RegistrationAssessor, useValue: new RegistrationAssessor(new ProviderDocuments(fetcher, policy), settings.issuer) },
      { provide: Announcements, useValue: registryFeed },
      { provide: FeedOwners, useValue: registryFeed.owners },
      { provide: Bindings, useValue: new AskedBindings(feed.rpc) },
      { provide: AppliedRevisions, useValue: feed.applied },
      { provide: AdminTrust, useValue: adminTrustOf(feed, settings.issuer) },
      {
        provide: MutationAudit,
        useValue: new MutationAudit(store.audit(), { writer: feed.replicaName, now: () => clock.now() }),
      },
      { provide: IdempotencyRecords, useValue: new IdempotencyRecords(store.idempotency(), settings.idempotencySecret) },
    ]
    return { module: SharedModule, global: true, providers: shared, exports: shared.map(({ provide }) => provide) }
  }
}

/** The composition root of the registry. */
@Module({})
export class AppModule {
  static of(runtime: RegistryRuntime): DynamicModule {
    const { store, clock, feed } = runtime
    return {
      module: AppModule,
      imports: [SharedModule.of(runtime), IdentityProvidersModule, DiscoveryModule, KeySetsModule, ProviderTypesModule],
      controllers: [feedConfirmController('idp-registry')],
      providers: [
        {
          provide: KeySetCollector,
          useFactory: (providers: IdentityProviderStore, keySets: KeySetStore, refresher: KeySetRefresher, log: Log) =>
            new KeySetCollector({ providers, keySets, refresher, leases: store.leases(), clock, log, holder: feed.replicaName }),
          inject: [IdentityProviderStore, KeySetStore, KeySetRefresher, Log],
        },
        {
          provide: CollectionLifecycle,
          useFactory: (collector: KeySetCollector, metrics: Metrics) => collecting(collector, metrics),
          inject: [KeySetCollector, Metrics],
        },
        { provide: StoreLifecycle, useFactory: (readiness: Readiness) => new StoreLifecycle(store, readiness), inject: [Readiness] },
      ],
    }
  }
}

function collecting(collector: KeySetCollector, metrics: Metrics): CollectionLifecycle {
  metrics.gauge('cambio_key_set_providers', 'Identity providers whose keys this process collects.', () => collector.status().providers)
  return new CollectionLifecycle(collector)
}
