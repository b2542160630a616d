import {
  Answers,
  Audited,
  Idempotent,
  type IfMatch,
  IfMatchHeader,
  Org,
  type OrganizationRef,
  type Page,
  pageSchema,
  type ProblemCode,
  RequiresScope,
  type SearchQuery,
  searchQuerySchema,
  Tags,
} from '@cambio/service-kit'
import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { errorFindingCodes } from '../discovery/finding.js'
import { ChangeIdentityProvider } from './change-identity-provider.js'
import { CreateIdentityProvider } from './create-identity-provider.js'
import { DeleteIdentityProvider } from './delete-identity-provider.js'
import { EnableIdentityProvider } from './enable-identity-provider.js'
import { FindIdentityProviders } from './find-identity-providers.js'
import { type IdentityProviderAnswer, identityProviderAnswer, identityProviderAnswerSchema } from './identity-provider.answer.js'
import { valueOrProblem } from './identity-provider.errors.js'
import { type Creation, creationSchema, idOrNameSchema, type Patch as PatchBody, patchSchema } from './identity-provider.fields.js'

/** What a registration can be refused for, whether it is made or changed. */
const registrationProblems: readonly ProblemCode[] = [...errorFindingCodes, 'issuer_exists', 'condition_unsupported']

@Tags('Identity providers')
@Controller('/v1/orgs/:org/identity-providers')
export class IdentityProviderHttpController {
  constructor(
    @Inject(FindIdentityProviders) private readonly find: FindIdentityProviders,
    @Inject(CreateIdentityProvider) private readonly create: CreateIdentityProvider,
    @Inject(ChangeIdentityProvider) private readonly change: ChangeIdentityProvider,
    @Inject(EnableIdentityProvider) private readonly enable: EnableIdentityProvider,
    @Inject(DeleteIdentityProvider) private readonly remove: DeleteIdentityProvider,
  ) {}

  @Get()
  @RequiresScope('idps:read')
  @Answers({ summary: 'List identity providers in the order of their registration', answer: pageSchema(identityProviderAnswerSchema) })
  async list(@Org() org: OrganizationRef, @Query({ schema: searchQuerySchema }) query: SearchQuery): Promise<Page<IdentityProviderAnswer>> {
    const { items, nextCursor } = valueOrProblem(await this.find.page(org.id, query))
    return { items: items.map(identityProviderAnswer), nextCursor }
  }

  @Post()
  @Audited('identity-provider.create')
  @Idempotent()
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Register an identity provider',
    description:
      'With `wellKnownUrl` the endpoint fields that are left out are filled in from discovery; given ones win. What speaks against the registration is 422 with `findings`. A `condition` is refused, as this version evaluates none.',
    status: 201,
    answer: identityProviderAnswerSchema,
    problems: ['name_exists', ...registrationProblems],
  })
  async register(
    @Org() org: OrganizationRef,
    @Body({ schema: creationSchema }) body: Creation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityProviderAnswer> {
    const created = valueOrProblem(await this.create.execute(org.id, body))
    void reply.header('location', `/v1/orgs/${org.handle}/identity-providers/${created.id}`)
    return identityProviderAnswer(created)
  }

  @Get(':idp')
  @RequiresScope('idps:read')
  @Answers({ summary: 'Get an identity provider by id or name', answer: identityProviderAnswerSchema })
  async get(@Org() org: OrganizationRef, @Param('idp', { schema: idOrNameSchema }) idp: string): Promise<IdentityProviderAnswer> {
    return identityProviderAnswer(valueOrProblem(await this.find.one(org.id, idp)))
  }

  @Patch(':idp')
  @Audited('identity-provider.change')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Change an identity provider',
    description:
      'JSON Merge Patch. Another issuer, well-known URL or source of keys is discovered and judged as in a registration. `maxTokenAgeSeconds: null` means any age.',
    answer: identityProviderAnswerSchema,
    problems: ['name_immutable', ...registrationProblems],
  })
  async patch(
    @Org() org: OrganizationRef,
    @Param('idp', { schema: idOrNameSchema }) idp: string,
    @Body({ schema: patchSchema }) body: PatchBody,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<IdentityProviderAnswer> {
    return identityProviderAnswer(valueOrProblem(await this.change.execute(org.id, idp, body, ifMatch)))
  }

  @Delete(':idp')
  @Audited('identity-provider.delete')
  @RequiresScope('idps:write')
  @Answers({ summary: 'Delete an identity provider that no application has bound', status: 204, problems: ['idp_in_use'] })
  async delete(
    @Org() org: OrganizationRef,
    @Param('idp', { schema: idOrNameSchema }) idp: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    valueOrProblem(await this.remove.execute(org.id, idp, ifMatch))
  }

  @Post(':idp/enable')
  @Audited('identity-provider.enable')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Take tokens of this identity provider again',
    answer: identityProviderAnswerSchema,
    problems: ['revision_conflict'],
  })
  async enableOne(@Org() org: OrganizationRef, @Param('idp', { schema: idOrNameSchema }) idp: string): Promise<IdentityProviderAnswer> {
    return identityProviderAnswer(valueOrProblem(await this.enable.execute(org.id, idp, true)))
  }

  @Post(':idp/disable')
  @Audited('identity-provider.disable')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Take no tokens of this identity provider, and none that were exchanged for them',
    answer: identityProviderAnswerSchema,
    problems: ['revision_conflict'],
  })
  async disableOne(@Org() org: OrganizationRef, @Param('idp', { schema: idOrNameSchema }) idp: string): Promise<IdentityProviderAnswer> {
    return identityProviderAnswer(valueOrProblem(await this.enable.execute(org.id, idp, false)))
  }
}
