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
  type PageQuery,
  pageQuerySchema,
  pageSchema,
  RequiresScope,
  Tags,
} from '@cambio/service-kit'
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type AnswerPage } from '../../aggregates/resource-answer.js'
import { answerOf } from '../../refusals/answer-of.js'
import { bindingPathSchema, locate, namePathSchema } from '../../wiring/path-parameters.js'
import { BindClient } from './bind-client.js'
import { type BindingAnswer, bindingAnswerSchema, type BindingDraft, bindingDraftSchema } from './binding.js'
import { ListBindings } from './list-bindings.js'
import { UnbindClient } from './unbind-client.js'

@Tags('bindings')
@Controller('/v1/orgs/:org/applications/:application/bindings')
export class BindingsHttpController {
  constructor(
    private readonly bindClient: BindClient,
    private readonly listBindings: ListBindings,
    private readonly unbindClient: UnbindClient,
  ) {}

  @Post()
  @Audited('binding.create')
  @Idempotent()
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Bind a client id of an identity provider to an application',
    status: 201,
    answer: bindingAnswerSchema,
    problems: ['client_id_bound', 'identity_provider_unknown'],
  })
  async create(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Body({ schema: bindingDraftSchema }) draft: BindingDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BindingAnswer> {
    const created = answerOf(await this.bindClient.execute({ org, application, reach }, draft))
    locate(reply, 'v1', 'orgs', org.handle, 'applications', application, 'bindings', created.id)
    return created
  }

  @Get()
  @RequiresScope('applications:read')
  @Answers({ summary: 'List the bindings of an application', answer: pageSchema(bindingAnswerSchema) })
  async list(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ): Promise<AnswerPage<BindingAnswer>> {
    return answerOf(await this.listBindings.execute({ org, application, reach }, query))
  }

  @Get(':binding')
  @RequiresScope('applications:read')
  @Answers({ summary: 'Get a binding', answer: bindingAnswerSchema })
  async get(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('binding', { schema: bindingPathSchema }) binding: string,
  ): Promise<BindingAnswer> {
    return answerOf(await this.listBindings.one({ org, application, reach }, binding))
  }

  @Delete(':binding')
  @Audited('binding.delete')
  @RequiresScope('applications:write')
  @Answers({ summary: 'Remove a binding', status: 204 })
  async remove(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('binding', { schema: bindingPathSchema }) binding: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.unbindClient.execute({ org, application, reach }, binding, ifMatch))
  }
}
