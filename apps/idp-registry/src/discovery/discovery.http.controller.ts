import { Answers, Audited, Org, type OrganizationRef, RequiresScope, Tags } from '@cambio/service-kit'
import { signatureAlgorithmSchema } from '@cambio/contracts'
import { Body, Controller, Inject, Param, Post } from '@nestjs/common'
import { z } from 'zod'

import { valueOrProblem } from '../identity-providers/identity-provider.errors.js'
import { checkRequestSchema, discoveryRequestSchema, idOrNameSchema } from '../identity-providers/identity-provider.fields.js'
import { type Check, CheckIdentityProvider } from './check-identity-provider.js'
import { DiscoverIdentityProvider, type Discovery } from './discover-identity-provider.js'
import { errorFindingCodes, findingSchema } from './finding.js'
import { listedKeySchema } from './key-listing.js'

const configurationSchema = z.object({
  issuer: z.string().optional(),
  tokenEndpoint: z.string().optional(),
  authorizationEndpoint: z.string().optional(),
  jwksUri: z.string().optional(),
  algorithms: z.array(signatureAlgorithmSchema),
})

const judged = { keys: z.array(listedKeySchema), findings: z.array(findingSchema) }

const discoverySchema = z.object({ configuration: configurationSchema, ...judged }).meta({ id: 'Discovery' })
const checkSchema = z.object(judged).meta({ id: 'Check' })

/** Both make us fetch an address, so reading alone does not give the right to them. */
@Tags('Discovery')
@Controller('/v1/orgs/:org/identity-providers')
export class DiscoveryHttpController {
  constructor(
    @Inject(DiscoverIdentityProvider) private readonly discovery: DiscoverIdentityProvider,
    @Inject(CheckIdentityProvider) private readonly checking: CheckIdentityProvider,
  ) {}

  @Post('discover')
  @Audited('identity-provider.discover')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Show what a well-known URL would fill in, and what is wrong with it; stores nothing',
    answer: discoverySchema,
    problems: errorFindingCodes,
  })
  async discover(
    @Org() _org: OrganizationRef,
    @Body({ schema: discoveryRequestSchema }) body: z.output<typeof discoveryRequestSchema>,
  ): Promise<Discovery> {
    return valueOrProblem(await this.discovery.execute(body))
  }

  @Post(':idp/check')
  @Audited('identity-provider.check')
  @RequiresScope('idps:write')
  @Answers({ summary: 'Compare a registration with what its provider publishes now; changes nothing', answer: checkSchema })
  async check(
    @Org() org: OrganizationRef,
    @Param('idp', { schema: idOrNameSchema }) idp: string,
    @Body({ schema: checkRequestSchema }) body: z.output<typeof checkRequestSchema>,
  ): Promise<Check> {
    return valueOrProblem(await this.checking.execute(org.id, idp, body))
  }
}
