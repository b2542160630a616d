import { AppliedRevisions } from '@cambio/messaging'
import { SafeFetcher } from '@cambio/safe-fetch'
import { Module } from '@nestjs/common'

import { Clock } from '../clock/clock.js'
import { Announcements } from '../identity-providers/identity-provider.parts.js'
import { IdentityProvidersModule } from '../identity-providers/identity-providers.module.js'
import { IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { KeySetHttpController } from './key-set.http.controller.js'
import { KeySetRpcController } from './key-set.rpc.controller.js'
import { KeySetStore } from './key-set.store.js'
import { ProviderHealth } from './provider-health.js'
import { PurgeKeySet } from './purge-key-set.js'
import { KeySetRefresher } from './refresh-key-set.js'

@Module({
  imports: [IdentityProvidersModule],
  controllers: [KeySetHttpController, KeySetRpcController],
  providers: [
    {
      provide: KeySetRefresher,
      useFactory: (
        providers: IdentityProviderStore,
        keySets: KeySetStore,
        fetcher: SafeFetcher,
        clock: Clock,
        announcements: Announcements,
      ) =>
        new KeySetRefresher({
          providers,
          keySets,
          fetcher,
          clock,
          onWritten: (written) => {
            announcements.keySet(written)
          },
        }),
      inject: [IdentityProviderStore, KeySetStore, SafeFetcher, Clock, Announcements],
    },
    {
      provide: PurgeKeySet,
      useFactory: (keySets: KeySetStore, announcements: Announcements) =>
        new PurgeKeySet(keySets, (written) => {
          announcements.keySet(written)
        }),
      inject: [KeySetStore, Announcements],
    },
    {
      provide: ProviderHealth,
      useFactory: (providers: IdentityProviderStore, keySets: KeySetStore, applied: AppliedRevisions, clock: Clock) =>
        new ProviderHealth(providers, keySets, applied, clock),
      inject: [IdentityProviderStore, KeySetStore, AppliedRevisions, Clock],
    },
  ],
  exports: [KeySetRefresher],
})
export class KeySetsModule {}
