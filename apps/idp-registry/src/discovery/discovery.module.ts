import { Module } from '@nestjs/common'

import { Clock } from '../clock/clock.js'
import { IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { RegistrationAssessor } from './assess-registration.js'
import { CheckIdentityProvider } from './check-identity-provider.js'
import { DiscoverIdentityProvider } from './discover-identity-provider.js'
import { DiscoveryHttpController } from './discovery.http.controller.js'

@Module({
  controllers: [DiscoveryHttpController],
  providers: [
    {
      provide: DiscoverIdentityProvider,
      useFactory: (assessor: RegistrationAssessor, clock: Clock) => new DiscoverIdentityProvider(assessor, clock),
      inject: [RegistrationAssessor, Clock],
    },
    {
      provide: CheckIdentityProvider,
      useFactory: (providers: IdentityProviderStore, assessor: RegistrationAssessor, clock: Clock) =>
        new CheckIdentityProvider(providers, assessor, clock),
      inject: [IdentityProviderStore, RegistrationAssessor, Clock],
    },
  ],
})
export class DiscoveryModule {}
