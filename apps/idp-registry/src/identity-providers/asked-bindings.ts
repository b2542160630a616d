import { type IdentityProviderId, listBindings, type OrganizationId } from '@cambio/contracts'
import { type RpcClient } from '@cambio/messaging'

import { Bindings } from './delete-identity-provider.js'
import { type BindingApplication } from './identity-provider.errors.js'

/** Asks `applications`, which alone knows its bindings. */
export class AskedBindings extends Bindings {
  constructor(private readonly rpc: RpcClient) {
    super()
  }

  override async of(org: string, identityProvider: IdentityProviderId): Promise<readonly BindingApplication[] | undefined> {
    const answer = await this.rpc.ask(listBindings, { org: org as OrganizationId, identityProvider })
    return answer.ok ? answer.value.applications : undefined
  }
}
