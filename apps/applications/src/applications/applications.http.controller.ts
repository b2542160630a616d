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
import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type AnswerPage } from '../aggregates/resource-answer.js'
import { answerOf } from '../refusals/answer-of.js'
import { locate, namePathSchema } from '../wiring/path-parameters.js'
import {
  type ApplicationAnswer,
  applicationAnswerSchema,
  type ApplicationDraft,
  applicationDraftSchema,
  type ApplicationPatch,
  applicationPatchSchema,
} from './application.schema.js'
import { CreateApplication } from './create-application.js'
import { DeleteApplication } from './delete-application.js'
import { GetApplication } from './get-application.js'
import { ListApplications } from './list-applications.js'
import { PatchApplication } from './patch-application.js'

@Tags('applications')
@Controller('/v1/orgs/:org/applications')
export class ApplicationsHttpController {
  constructor(
    private readonly createApplication: CreateApplication,
    private readonly listApplications: ListApplications,
    private readonly getApplication: GetApplication,
    private readonly patchApplication: PatchApplication,
    private readonly deleteApplication: DeleteApplication,
  ) {}

  @Post()
  @Audited('application.create')
  @Idempotent()
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Create an application',
    status: 201,
    answer: applicationAnswerSchema,
    problems: ['name_exists', 'identity_provider_unknown'],
  })
  async create(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Body({ schema: applicationDraftSchema }) draft: ApplicationDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApplicationAnswer> {
    const created = answerOf(await this.createApplication.execute(org, reach, draft))
    locate(reply, 'v1', 'orgs', org.handle, 'applications', created.id)
    return created
  }

  @Get()
  @RequiresScope('applications:read')
  @Answers({ summary: 'List the applications that the caller may see', answer: pageSchema(applicationAnswerSchema) })
  async list(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Query({ schema: searchQuerySchema }) query: SearchQuery,
  ): Promise<AnswerPage<ApplicationAnswer>> {
    return answerOf(await this.listApplications.execute(org, reach, query))
  }

  @Get(':application')
  @RequiresScope('applications:read')
  @Answers({ summary: 'Get an application by id or name', answer: applicationAnswerSchema })
  async get(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
  ): Promise<ApplicationAnswer> {
    return answerOf(await this.getApplication.execute({ org, application, reach }))
  }

  @Patch(':application')
  @Audited('application.change')
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Change an application',
    answer: applicationAnswerSchema,
    problems: ['name_exists', 'identity_provider_unknown'],
  })
  async patch(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: applicationPatchSchema }) patch: ApplicationPatch,
  ): Promise<ApplicationAnswer> {
    return answerOf(await this.patchApplication.execute({ org, application, reach }, ifMatch, patch))
  }

  @Delete(':application')
  @Audited('application.delete')
  @RequiresScope('applications:write')
  @Answers({ summary: 'Delete an application with its keys, bindings and subscriptions', status: 204 })
  async remove(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.deleteApplication.execute({ org, application, reach }, ifMatch))
  }
}
