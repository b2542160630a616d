import { type AdminCaller, Answers, Caller, Org, type OrganizationRef, RequiresScope, Tags } from '@cambio/service-kit'
import { Controller, Get, Param } from '@nestjs/common'

import { answerOf } from '../refusals/answer-of.js'
import { namePathSchema } from '../wiring/path-parameters.js'
import { type ApplicationHealth, applicationHealthSchema } from './application-health.schema.js'
import { GetApplicationHealth } from './get-application-health.js'

@Tags('applications')
@Controller('/v1/orgs/:org/applications/:application/health')
export class ApplicationHealthHttpController {
  constructor(private readonly getApplicationHealth: GetApplicationHealth) {}

  @Get()
  @RequiresScope('applications:read')
  @Answers({ summary: 'Tell where the application with its keys, bindings and subscriptions is applied', answer: applicationHealthSchema })
  async health(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
  ): Promise<ApplicationHealth> {
    return answerOf(await this.getApplicationHealth.execute({ org, application, reach }))
  }
}
