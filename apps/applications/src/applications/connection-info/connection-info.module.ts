import { Module } from '@nestjs/common'

import { IdentityProviderDirectory } from '../../identity-providers/identity-provider-directory.js'
import { OwnIssuer } from '../../wiring/own-issuer.js'
import { provide } from '../../wiring/provide.js'
import { ApplicationStore } from '../application.store.js'
import { ConnectionInfoHttpController } from './connection-info.http.controller.js'
import { GetConnectionInfo } from './get-connection-info.js'

@Module({
  controllers: [ConnectionInfoHttpController],
  providers: [
    provide(
      GetConnectionInfo,
      [ApplicationStore, IdentityProviderDirectory, OwnIssuer],
      (applications, identityProviders, { issuer }) => new GetConnectionInfo(applications, identityProviders, issuer),
    ),
  ],
})
export class ConnectionInfoModule {}
