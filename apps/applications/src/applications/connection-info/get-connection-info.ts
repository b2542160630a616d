import { type Environment } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type IdentityProviderDirectory, registryUnavailable } from '../../identity-providers/identity-provider-directory.js'
import { type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { type ConnectionInfo, connectionInfo } from './connection-info.js'

/** Shows how to connect an application in one environment. */
export class GetConnectionInfo {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory
  readonly #issuer: string

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory, issuer: string) {
    this.#applications = applications
    this.#identityProviders = identityProviders
    this.#issuer = issuer
  }

  /** Refuses with `unavailable` while the registry cannot say which identity providers there are. */
  async execute(ref: ApplicationRef, environment: Environment): Promise<Result<ConnectionInfo, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const identityProviders = await this.#identityProviders.list(ref.org.id)
    if (identityProviders === 'unreachable') return registryUnavailable()
    return ok(connectionInfo(application.value.value, environment, this.#issuer, identityProviders))
  }
}
