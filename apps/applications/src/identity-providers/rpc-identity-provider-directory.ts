import { findIdentityProvider, type IdentityProviderSummary, listIdentityProviders, type OrganizationId } from '@cambio/contracts'
import { type RpcClient } from '@cambio/messaging'

import { IdentityProviderDirectory } from './identity-provider-directory.js'

/** Asks `idp-registry` over NATS. */
export class RpcIdentityProviderDirectory extends IdentityProviderDirectory {
  readonly #rpc: RpcClient

  constructor(rpc: RpcClient) {
    super()
    this.#rpc = rpc
  }

  async find(org: OrganizationId, idOrName: string): Promise<IdentityProviderSummary | 'unknown' | 'unreachable'> {
    const answer = await this.#rpc.ask(findIdentityProvider, { org, idOrName })
    if (answer.ok) return answer.value
    return answer.failure.code === 'not_found' ? 'unknown' : 'unreachable'
  }

  async list(org: OrganizationId): Promise<readonly IdentityProviderSummary[] | 'unreachable'> {
    const answer = await this.#rpc.ask(listIdentityProviders, { org })
    return answer.ok ? answer.value.items : 'unreachable'
  }
}
