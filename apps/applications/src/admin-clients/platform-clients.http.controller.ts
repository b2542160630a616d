import { PLATFORM } from '@cambio/contracts'
import {
  Answers,
  Audited,
  Idempotent,
  type IfMatch,
  IfMatchHeader,
  pageSchema,
  RequiresScope,
  type SearchQuery,
  searchQuerySchema,
  Tags,
} from '@cambio/service-kit'
import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type AnswerPage } from '../aggregates/resource-answer.js'
import { type NewSecretAnswer, newSecretAnswerSchema, type SecretDraft, secretDraftSchema } from '../client-secrets/secret.answer.js'
import { answerOf } from '../refusals/answer-of.js'
import { adminClientPathSchema, locate, secretPathSchema } from '../wiring/path-parameters.js'
import {
  type AdminClientAnswer,
  adminClientAnswerSchema,
  type NewAdminClientAnswer,
  newAdminClientAnswerSchema,
  type PlatformClientDraft,
  platformClientDraftSchema,
  type PlatformClientPatch,
  platformClientPatchSchema,
} from './admin-client.schema.js'
import { CreateAdminClient } from './create-admin-client.js'
import { DeleteAdminClient } from './delete-admin-client.js'
import { PatchAdminClient } from './patch-admin-client.js'
import { ReadAdminClients } from './read-admin-clients.js'
import { RotateClientSecret } from './rotate-client-secret.js'

/** The platform's own admin clients; only they see and write them. */
@Tags('platform administrators')
@Controller('/v1/admin-clients')
export class PlatformClientsHttpController {
  constructor(
    private readonly createClient: CreateAdminClient,
    private readonly readClients: ReadAdminClients,
    private readonly patchClient: PatchAdminClient,
    private readonly deleteClient: DeleteAdminClient,
    private readonly rotateSecret: RotateClientSecret,
  ) {}

  @Post()
  @Audited('admin-client.create')
  @Idempotent()
  @RequiresScope('orgs:write', { platform: true })
  @Answers({
    summary: 'Make a platform administrator',
    description: 'The answer holds its secret, this once.',
    status: 201,
    answer: newAdminClientAnswerSchema,
    problems: ['platform_only'],
  })
  async create(
    @Body({ schema: platformClientDraftSchema }) draft: PlatformClientDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewAdminClientAnswer> {
    const created = answerOf(await this.createClient.execute(PLATFORM, { ...draft, role: 'platform' }))
    locate(reply, 'v1', 'admin-clients', created.id)
    return created
  }

  @Get()
  @RequiresScope('orgs:read', { platform: true })
  @Answers({ summary: 'List the platform administrators', answer: pageSchema(adminClientAnswerSchema), problems: ['platform_only'] })
  async list(@Query({ schema: searchQuerySchema }) query: SearchQuery): Promise<AnswerPage<AdminClientAnswer>> {
    return answerOf(await this.readClients.list(PLATFORM, query))
  }

  @Get(':adminClient')
  @RequiresScope('orgs:read', { platform: true })
  @Answers({ summary: 'Get a platform administrator', answer: adminClientAnswerSchema, problems: ['platform_only'] })
  async get(@Param('adminClient', { schema: adminClientPathSchema }) id: string): Promise<AdminClientAnswer> {
    return answerOf(await this.readClients.one(PLATFORM, id))
  }

  @Patch(':adminClient')
  @Audited('admin-client.change')
  @RequiresScope('orgs:write', { platform: true })
  @Answers({
    summary: 'Change a platform administrator',
    answer: adminClientAnswerSchema,
    problems: ['platform_only'],
  })
  async patch(
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: platformClientPatchSchema }) patch: PlatformClientPatch,
  ): Promise<AdminClientAnswer> {
    return answerOf(await this.patchClient.rename(PLATFORM, id, ifMatch, patch))
  }

  @Delete(':adminClient')
  @Audited('admin-client.delete')
  @RequiresScope('orgs:write', { platform: true })
  @Answers({ summary: 'Remove a platform administrator', status: 204, problems: ['last_owner', 'platform_only'] })
  async remove(@Param('adminClient', { schema: adminClientPathSchema }) id: string, @IfMatchHeader() ifMatch: IfMatch): Promise<void> {
    answerOf(await this.deleteClient.execute(PLATFORM, id, ifMatch))
  }

  @Post(':adminClient/secrets')
  @Audited('admin-client.secret.create')
  @Idempotent()
  @RequiresScope('orgs:write', { platform: true })
  @Answers({
    summary: 'Add a secret, for a rotation with overlap',
    status: 201,
    answer: newSecretAnswerSchema,
    problems: ['too_many_secrets', 'platform_only'],
  })
  async addSecret(
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @Body({ schema: secretDraftSchema.optional() }) draft: SecretDraft | undefined,
  ): Promise<NewSecretAnswer> {
    return answerOf(await this.rotateSecret.add(PLATFORM, id, draft ?? {}))
  }

  @Delete(':adminClient/secrets/:secret')
  @Audited('admin-client.secret.delete')
  @RequiresScope('orgs:write', { platform: true })
  @Answers({ summary: 'End a secret at once', status: 204, problems: ['last_secret', 'platform_only'] })
  async endSecret(
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @Param('secret', { schema: secretPathSchema }) secret: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.rotateSecret.end(PLATFORM, id, secret, ifMatch))
  }
}
