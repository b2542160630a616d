import { type IdentityProviderId, listBindings, type OrganizationId, type RpcResult } from '@cambio/contracts'
import { AnswersRpc } from '@cambio/messaging'
import { Controller } from '@nestjs/common'

import { ApplicationsBoundTo, type BoundApplication } from './applications-bound-to.js'

@Controller()
export class BindingsRpcController {
  constructor(private readonly applicationsBoundTo: ApplicationsBoundTo) {}

  @AnswersRpc(listBindings)
  async list({
    org,
    identityProvider,
  }: {
    org: OrganizationId
    identityProvider: IdentityProviderId
  }): Promise<RpcResult<{ applications: BoundApplication[] }>> {
    return { ok: true, value: { applications: await this.applicationsBoundTo.execute(org, identityProvider) } }
  }
}
