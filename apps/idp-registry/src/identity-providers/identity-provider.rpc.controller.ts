import {
  findIdentityProvider,
  type IdentityProviderSummary,
  listIdentityProviders,
  type OrganizationId,
  type RpcResult,
} from '@cambio/contracts'
import { AnswersRpc } from '@cambio/messaging'
import { Controller, Inject } from '@nestjs/common'

import { FindIdentityProviders } from './find-identity-providers.js'
import { identityProviderSummary } from './identity-provider.summary.js'

/** Answers what `applications` asks about identity providers. */
@Controller()
export class IdentityProviderRpcController {
  constructor(@Inject(FindIdentityProviders) private readonly find: FindIdentityProviders) {}

  @AnswersRpc(findIdentityProvider)
  async one({ org, idOrName }: { org: OrganizationId; idOrName: string }): Promise<RpcResult<IdentityProviderSummary>> {
    const found = await this.find.one(org, idOrName)
    return found.ok ? { ok: true, value: identityProviderSummary(found.value) } : { ok: false, failure: { code: 'not_found' } }
  }

  @AnswersRpc(listIdentityProviders)
  async all({ org }: { org: OrganizationId }): Promise<RpcResult<{ items: IdentityProviderSummary[] }>> {
    const found = await this.find.all(org)
    return { ok: true, value: { items: found.map(identityProviderSummary) } }
  }
}
