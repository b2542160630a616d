import { Module } from '@nestjs/common'

import { Clock } from '../clock/clock.js'
import { RegistrationAssessor } from '../discovery/assess-registration.js'
import { KeySetStore } from '../key-sets/key-set.store.js'
import { ChangeIdentityProvider } from './change-identity-provider.js'
import { CreateIdentityProvider } from './create-identity-provider.js'
import { Bindings, DeleteIdentityProvider } from './delete-identity-provider.js'
import { EnableIdentityProvider } from './enable-identity-provider.js'
import { FindIdentityProviders } from './find-identity-providers.js'
import { IdentityProviderHttpController } from './identity-provider.http.controller.js'
import { Announcements, type RegistrationParts } from './identity-provider.parts.js'
import { IdentityProviderRpcController } from './identity-provider.rpc.controller.js'
import { IdentityProviderStore } from './identity-provider.store.js'

/** Injection token of what the changing use cases work with. */
const registrationParts = Symbol('registration parts')

@Module({
  controllers: [IdentityProviderHttpController, IdentityProviderRpcController],
  providers: [
    {
      provide: registrationParts,
      useFactory: (
        providers: IdentityProviderStore,
        keySets: KeySetStore,
        assessor: RegistrationAssessor,
        clock: Clock,
        announcements: Announcements,
      ): RegistrationParts => ({ providers, keySets, assessor, clock, announcements }),
      inject: [IdentityProviderStore, KeySetStore, RegistrationAssessor, Clock, Announcements],
    },
    {
      provide: FindIdentityProviders,
      useFactory: (providers: IdentityProviderStore) => new FindIdentityProviders(providers),
      inject: [IdentityProviderStore],
    },
    {
      provide: CreateIdentityProvider,
      useFactory: (parts: RegistrationParts) => new CreateIdentityProvider(parts),
      inject: [registrationParts],
    },
    {
      provide: ChangeIdentityProvider,
      useFactory: (parts: RegistrationParts) => new ChangeIdentityProvider(parts),
      inject: [registrationParts],
    },
    {
      provide: EnableIdentityProvider,
      useFactory: (parts: RegistrationParts) => new EnableIdentityProvider(parts),
      inject: [registrationParts],
    },
    {
      provide: DeleteIdentityProvider,
      useFactory: (parts: RegistrationParts, bindings: Bindings) => new DeleteIdentityProvider({ ...parts, bindings }),
      inject: [registrationParts, Bindings],
    },
  ],
  exports: [FindIdentityProviders],
})
export class IdentityProvidersModule {}
