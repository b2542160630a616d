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
import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type AnswerPage } from '../../aggregates/resource-answer.js'
import { answerOf } from '../../refusals/answer-of.js'
import { locate, namePathSchema, subscriptionPathSchema } from '../../wiring/path-parameters.js'
import { ListSubscriptions } from './list-subscriptions.js'
import { PatchSubscription } from './patch-subscription.js'
import { Subscribe } from './subscribe.js'
import {
  type SubscriptionAnswer,
  subscriptionAnswerSchema,
  type SubscriptionDraft,
  subscriptionDraftSchema,
  type SubscriptionPatch,
  subscriptionPatchSchema,
} from './subscription.js'
import { Unsubscribe } from './unsubscribe.js'

@Tags('subscriptions')
@Controller('/v1/orgs/:org/applications/:application/subscriptions')
export class SubscriptionsHttpController {
  constructor(
    private readonly subscribe: Subscribe,
    private readonly listSubscriptions: ListSubscriptions,
    private readonly patchSubscription: PatchSubscription,
    private readonly unsubscribe: Unsubscribe,
  ) {}

  @Post()
  @Audited('subscription.create')
  @Idempotent()
  @RequiresScope('subscriptions:write')
  @Answers({
    summary: 'Subscribe an application to a published API',
    status: 201,
    answer: subscriptionAnswerSchema,
    problems: ['already_subscribed', 'api_not_published', 'reference_unknown'],
  })
  async create(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Body({ schema: subscriptionDraftSchema }) draft: SubscriptionDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionAnswer> {
    const created = answerOf(await this.subscribe.execute({ org, application, reach }, draft))
    locate(reply, 'v1', 'orgs', org.handle, 'applications', application, 'subscriptions', created.id)
    return created
  }

  @Get()
  @RequiresScope('subscriptions:read')
  @Answers({ summary: 'List the subscriptions of an application', answer: pageSchema(subscriptionAnswerSchema) })
  async list(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ): Promise<AnswerPage<SubscriptionAnswer>> {
    return answerOf(await this.listSubscriptions.execute({ org, application, reach }, query))
  }

  @Get(':subscription')
  @RequiresScope('subscriptions:read')
  @Answers({ summary: 'Get a subscription', answer: subscriptionAnswerSchema })
  async get(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('subscription', { schema: subscriptionPathSchema }) subscription: string,
  ): Promise<SubscriptionAnswer> {
    return answerOf(await this.listSubscriptions.one({ org, application, reach }, subscription))
  }

  @Patch(':subscription')
  @Audited('subscription.change')
  @RequiresScope('subscriptions:write')
  @Answers({ summary: 'Block a subscription, unblock it, or change its plan', answer: subscriptionAnswerSchema })
  async patch(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('subscription', { schema: subscriptionPathSchema }) subscription: string,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: subscriptionPatchSchema }) patch: SubscriptionPatch,
  ): Promise<SubscriptionAnswer> {
    return answerOf(await this.patchSubscription.execute({ org, application, reach }, subscription, ifMatch, patch))
  }

  @Delete(':subscription')
  @Audited('subscription.delete')
  @RequiresScope('subscriptions:write')
  @Answers({ summary: 'End a subscription', status: 204 })
  async remove(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('subscription', { schema: subscriptionPathSchema }) subscription: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.unsubscribe.execute({ org, application, reach }, subscription, ifMatch))
  }
}
