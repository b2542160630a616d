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
import { type NewSecretAnswer, newSecretAnswerSchema, type SecretDraft, secretDraftSchema } from '../client-secrets/secret.answer.js'
import { answerOf } from '../refusals/answer-of.js'
import { adminClientPathSchema, locate, secretPathSchema } from '../wiring/path-parameters.js'
import {
  type AdminClientAnswer,
  adminClientAnswerSchema,
  type AdminClientDraft,
  adminClientDraftSchema,
  type AdminClientPatch,
  adminClientPatchSchema,
  type NewAdminClientAnswer,
  newAdminClientAnswerSchema,
} from './admin-client.schema.js'
import { CreateAdminClient } from './create-admin-client.js'
import { DeleteAdminClient } from './delete-admin-client.js'
import { PatchAdminClient } from './patch-admin-client.js'
import { ReadAdminClients } from './read-admin-clients.js'
import { RotateClientSecret } from './rotate-client-secret.js'

/** The admin clients of an organization; its owners write them. */
@Tags('admin clients')
@Controller('/v1/orgs/:org/admin-clients')
export class AdminClientsHttpController {
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
  @RequiresScope('orgs:write')
  @Answers({
    summary: 'Make an admin client of an organization',
    description: 'The answer holds its secret, this once.',
    status: 201,
    answer: newAdminClientAnswerSchema,
    problems: ['reference_unknown'],
  })
  async create(
    @Org() org: OrganizationRef,
    @Body({ schema: adminClientDraftSchema }) draft: AdminClientDraft,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewAdminClientAnswer> {
    const created = answerOf(await this.createClient.execute(org.id, draft))
    locate(reply, 'v1', 'orgs', org.handle, 'admin-clients', created.id)
    return created
  }

  @Get()
  @RequiresScope('orgs:read')
  @Answers({ summary: 'List the admin clients of an organization', answer: pageSchema(adminClientAnswerSchema) })
  async list(
    @Org() org: OrganizationRef,
    @Query({ schema: searchQuerySchema }) query: SearchQuery,
  ): Promise<AnswerPage<AdminClientAnswer>> {
    return answerOf(await this.readClients.list(org.id, query))
  }

  @Get(':adminClient')
  @RequiresScope('orgs:read')
  @Answers({ summary: 'Get an admin client', answer: adminClientAnswerSchema })
  async get(@Org() org: OrganizationRef, @Param('adminClient', { schema: adminClientPathSchema }) id: string): Promise<AdminClientAnswer> {
    return answerOf(await this.readClients.one(org.id, id))
  }

  @Patch(':adminClient')
  @Audited('admin-client.change')
  @RequiresScope('orgs:write')
  @Answers({
    summary: 'Change an admin client',
    answer: adminClientAnswerSchema,
    problems: ['last_owner', 'reference_unknown'],
  })
  async patch(
    @Org() org: OrganizationRef,
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: adminClientPatchSchema }) patch: AdminClientPatch,
  ): Promise<AdminClientAnswer> {
    return answerOf(await this.patchClient.execute(org.id, id, ifMatch, patch))
  }

  @Delete(':adminClient')
  @Audited('admin-client.delete')
  @RequiresScope('orgs:write')
  @Answers({ summary: 'Remove an admin client', status: 204, problems: ['last_owner'] })
  async remove(
    @Org() org: OrganizationRef,
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.deleteClient.execute(org.id, id, ifMatch))
  }

  @Post(':adminClient/secrets')
  @Audited('admin-client.secret.create')
  @Idempotent()
  @RequiresScope('orgs:write')
  @Answers({
    summary: 'Add a secret, for a rotation with overlap',
    status: 201,
    answer: newSecretAnswerSchema,
    problems: ['too_many_secrets'],
  })
  async addSecret(
    @Org() org: OrganizationRef,
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @Body({ schema: secretDraftSchema.optional() }) draft: SecretDraft | undefined,
  ): Promise<NewSecretAnswer> {
    return answerOf(await this.rotateSecret.add(org.id, id, draft ?? {}))
  }

  @Delete(':adminClient/secrets/:secret')
  @Audited('admin-client.secret.delete')
  @RequiresScope('orgs:write')
  @Answers({ summary: 'End a secret at once', status: 204, problems: ['last_secret'] })
  async endSecret(
    @Org() org: OrganizationRef,
    @Param('adminClient', { schema: adminClientPathSchema }) id: string,
    @Param('secret', { schema: secretPathSchema }) secret: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.rotateSecret.end(org.id, id, secret, ifMatch))
  }
}
