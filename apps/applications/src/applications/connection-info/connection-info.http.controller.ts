import { type Environment } from '@cambio/contracts'
import { type AdminCaller, Answers, Caller, Org, type OrganizationRef, RequiresScope, Tags } from '@cambio/service-kit'
import { Controller, Get, Param } from '@nestjs/common'

import { answerOf } from '../../refusals/answer-of.js'
import { environmentPathSchema, namePathSchema } from '../../wiring/path-parameters.js'
import { type ConnectionInfo, connectionInfoSchema } from './connection-info.js'
import { GetConnectionInfo } from './get-connection-info.js'

@Tags('connection info')
@Controller('/v1/orgs/:org/applications/:application/connection-info')
export class ConnectionInfoHttpController {
  constructor(private readonly getConnectionInfo: GetConnectionInfo) {}

  @Get(':environment')
  @RequiresScope('applications:read')
  @Answers({ summary: 'Show how to connect an application', answer: connectionInfoSchema })
  async get(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
  ): Promise<ConnectionInfo> {
    return answerOf(await this.getConnectionInfo.execute({ org, application, reach }, environment))
  }
}
