import { findOrganization, type OrganizationId, type RpcResult } from '@cambio/contracts'
import { AnswersRpc } from '@cambio/messaging'
import { Controller } from '@nestjs/common'

import { FindOrganization } from './find-organization.js'

@Controller()
export class OrganizationsRpcController {
  constructor(private readonly findOrganization: FindOrganization) {}

  /** Fails with `not_found`. */
  @AnswersRpc(findOrganization)
  async find({ handle }: { handle: string }): Promise<RpcResult<{ id: OrganizationId; handle: string; name: string }>> {
    const value = await this.findOrganization.execute(handle)
    return value === undefined ? { ok: false, failure: { code: 'not_found' } } : { ok: true, value }
  }
}
