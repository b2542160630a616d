import { Module } from '@nestjs/common'

import { SecretMaker } from '../../client-secrets/secret-maker.js'
import { IdentityProviderDirectory } from '../../identity-providers/identity-provider-directory.js'
import { Clock } from '../../wiring/clock.js'
import { provide } from '../../wiring/provide.js'
import { ApplicationStore } from '../application.store.js'
import { DeleteKeys } from './delete-keys.js'
import { DeleteSecret } from './delete-secret.js'
import { GenerateKeys } from './generate-keys.js'
import { GetKeys } from './get-keys.js'
import { KeysHttpController } from './keys.http.controller.js'
import { PatchKeys } from './patch-keys.js'
import { RotateSecret } from './rotate-secret.js'

@Module({
  controllers: [KeysHttpController],
  providers: [
    provide(
      GenerateKeys,
      [ApplicationStore, IdentityProviderDirectory, SecretMaker],
      (applications, identityProviders, secrets) => new GenerateKeys(applications, identityProviders, secrets),
    ),
    provide(GetKeys, [ApplicationStore, Clock], (applications, clock) => new GetKeys(applications, () => clock.now())),
    provide(
      PatchKeys,
      [ApplicationStore, IdentityProviderDirectory, Clock],
      (applications, identityProviders, clock) => new PatchKeys(applications, identityProviders, () => clock.now()),
    ),
    provide(DeleteKeys, [ApplicationStore], (applications) => new DeleteKeys(applications)),
    provide(RotateSecret, [ApplicationStore, SecretMaker], (applications, secrets) => new RotateSecret(applications, secrets)),
    provide(DeleteSecret, [ApplicationStore, Clock], (applications, clock) => new DeleteSecret(applications, () => clock.now())),
  ],
})
export class CredentialsModule {}
