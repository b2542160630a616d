import { Answers, Org, type OrganizationRef, RequiresScope, Tags } from '@cambio/service-kit'
import { Controller, Get, Param } from '@nestjs/common'

import { answerOf } from '../refusals/answer-of.js'
import { namePathSchema } from '../wiring/path-parameters.js'
import { type ApiHealth, apiHealthSchema } from './api-health.schema.js'
import { GetApiHealth } from './get-api-health.js'

@Tags('APIs')
@Controller('/v1/orgs/:org/apis/:api/health')
export class ApiHealthHttpController {
  constructor(private readonly getApiHealth: GetApiHealth) {}

  @Get()
  @RequiresScope('apis:read')
  @Answers({ summary: 'Tell where the API is applied', answer: apiHealthSchema })
  async health(@Org() org: OrganizationRef, @Param('api', { schema: namePathSchema }) api: string): Promise<ApiHealth> {
    return answerOf(await this.getApiHealth.execute(org, api))
  }
}
