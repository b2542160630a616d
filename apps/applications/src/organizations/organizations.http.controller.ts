import {
  type AdminCaller,
  Answers,
  Audited,
  Caller,
  Idempotent,
  type IfMatch,
  IfMatchHeader,
  Org,
  type OrganizationRef,
  pageSchema,
  RequiresScope,
  type SearchQuery,
  searchQuerySchema,
  Tags,
} from '@cambio/service-kit'
import { Body, Controller, Get, Patch, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type AnswerPage } from '../aggregates/resource-answer.js'
import { answerOf } from '../refusals/answer-of.js'
import { locate } from '../wiring/path-parameters.js'
import { CreateOrganization } from './create-organization.js'
import { GetOrganization } from './get-organization.js'
import { ListOrganizations } from './list-organizations.js'
import { type OrganizationAnswer, organizationAnswerSchema } from './organization.answer.js'
import { type OrganizationDraft, organizationDraftSchema, type OrganizationPatch, organizationPatchSchema } from './organization.js'
import { PatchOrganization } from './patch-organization.js'

@Tags('organizations')
@Controller('/v1/orgs')
export class OrganizationsHttpController {
  constructor(
    private readonly createOrganization: CreateOrganization,
    private readonly listOrganizations: ListOrganizations,
    private readonly getOrganization: GetOrganization,
    private readonly patchOrganization: PatchOrganization,
  ) {}

  @Post()
  @Audited('organization.create')
  @Idempotent()
  @RequiresScope('orgs:write', { platform: true })
  @Answers({
    summary: 'Create an organization',
    status: 201,
    answer: organizationAnswerSchema,
    problems: ['platform_only', 'handle_exists', 'handle_reserved'],
  })
  async create(
    @Body({ schema: organizationDraftSchema }) draft: OrganizationDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrganizationAnswer> {
    const created = answerOf(await this.createOrganization.execute(draft))
    locate(reply, 'v1', 'orgs', created.handle)
    return created
  }

  @Get()
  @RequiresScope('orgs:read')
  @Answers({ summary: 'List the organizations that the caller may see', answer: pageSchema(organizationAnswerSchema) })
  async list(
    @Caller() caller: AdminCaller,
    @Query({ schema: searchQuerySchema }) query: SearchQuery,
  ): Promise<AnswerPage<OrganizationAnswer>> {
    return answerOf(await this.listOrganizations.execute(caller, query))
  }

  @Get(':org')
  @RequiresScope('orgs:read')
  @Answers({ summary: 'Get an organization', answer: organizationAnswerSchema })
  async get(@Org() org: OrganizationRef): Promise<OrganizationAnswer> {
    return answerOf(await this.getOrganization.execute(org))
  }

  @Patch(':org')
  @Audited('organization.change')
  @RequiresScope('orgs:write', { platform: true })
  @Answers({ summary: 'Rename an organization', answer: organizationAnswerSchema, problems: ['platform_only', 'handle_immutable'] })
  async patch(
    @Org() org: OrganizationRef,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: organizationPatchSchema }) patch: OrganizationPatch,
  ): Promise<OrganizationAnswer> {
    return answerOf(await this.patchOrganization.execute(org, ifMatch, patch))
  }
}
