import {
  Answers,
  Audited,
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
import { type ApiAnswer, type ApiDraft, apiDraftSchema, type ApiPatch, apiPatchSchema, apiResourceAnswerSchema } from './api.schema.js'
import { CreateApi } from './create-api.js'
import { DeleteApi } from './delete-api.js'
import { GetApi } from './get-api.js'
import { ListApis } from './list-apis.js'
import { MoveApi } from './move-api.js'
import { PatchApi } from './patch-api.js'

@Tags('APIs')
@Controller('/v1/orgs/:org/apis')
export class ApisHttpController {
  constructor(
    private readonly createApi: CreateApi,
    private readonly listApis: ListApis,
    private readonly getApi: GetApi,
    private readonly patchApi: PatchApi,
    private readonly moveApi: MoveApi,
    private readonly deleteApi: DeleteApi,
  ) {}

  @Post()
  @Audited('api.create')
  @Idempotent()
  @RequiresScope('apis:write')
  @Answers({ summary: 'Create an API', status: 201, answer: apiResourceAnswerSchema, problems: ['handle_exists', 'context_exists'] })
  async create(
    @Org() org: OrganizationRef,
    @Body({ schema: apiDraftSchema }) draft: ApiDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApiAnswer> {
    const created = answerOf(await this.createApi.execute(org, draft))
    locate(reply, 'v1', 'orgs', org.handle, 'apis', created.id)
    return created
  }

  @Get()
  @RequiresScope('apis:read')
  @Answers({ summary: 'List the APIs of an organization', answer: pageSchema(apiResourceAnswerSchema) })
  async list(@Org() org: OrganizationRef, @Query({ schema: searchQuerySchema }) query: SearchQuery): Promise<AnswerPage<ApiAnswer>> {
    return answerOf(await this.listApis.execute(org, query))
  }

  @Get(':api')
  @RequiresScope('apis:read')
  @Answers({ summary: 'Get an API by id or handle', answer: apiResourceAnswerSchema })
  async get(@Org() org: OrganizationRef, @Param('api', { schema: namePathSchema }) api: string): Promise<ApiAnswer> {
    return answerOf(await this.getApi.execute(org, api))
  }

  @Patch(':api')
  @Audited('api.change')
  @RequiresScope('apis:write')
  @Answers({ summary: 'Change an API', answer: apiResourceAnswerSchema, problems: ['context_exists', 'handle_immutable'] })
  async patch(
    @Org() org: OrganizationRef,
    @Param('api', { schema: namePathSchema }) api: string,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: apiPatchSchema }) patch: ApiPatch,
  ): Promise<ApiAnswer> {
    return answerOf(await this.patchApi.execute(org, api, ifMatch, patch))
  }

  @Delete(':api')
  @Audited('api.delete')
  @RequiresScope('apis:write')
  @Answers({ summary: 'Delete an API to which nobody is subscribed', status: 204, problems: ['api_in_use'] })
  async remove(
    @Org() org: OrganizationRef,
    @Param('api', { schema: namePathSchema }) api: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.deleteApi.execute(org, api, ifMatch))
  }

  @Post(':api/publish')
  @Audited('api.publish')
  @Idempotent()
  @RequiresScope('apis:write')
  @Answers({ summary: 'Publish an API, so that it can be subscribed to', answer: apiResourceAnswerSchema, problems: ['api_state'] })
  async publish(
    @Org() org: OrganizationRef,
    @Param('api', { schema: namePathSchema }) api: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<ApiAnswer> {
    return answerOf(await this.moveApi.execute(org, api, 'publish', ifMatch))
  }

  @Post(':api/deprecate')
  @Audited('api.deprecate')
  @Idempotent()
  @RequiresScope('apis:write')
  @Answers({ summary: 'Deprecate an API: no new subscriptions', answer: apiResourceAnswerSchema, problems: ['api_state'] })
  async deprecate(
    @Org() org: OrganizationRef,
    @Param('api', { schema: namePathSchema }) api: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<ApiAnswer> {
    return answerOf(await this.moveApi.execute(org, api, 'deprecate', ifMatch))
  }

  @Post(':api/retire')
  @Audited('api.retire')
  @Idempotent()
  @RequiresScope('apis:write')
  @Answers({ summary: 'Retire an API for good', answer: apiResourceAnswerSchema, problems: ['api_state'] })
  async retire(
    @Org() org: OrganizationRef,
    @Param('api', { schema: namePathSchema }) api: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<ApiAnswer> {
    return answerOf(await this.moveApi.execute(org, api, 'retire', ifMatch))
  }
}
