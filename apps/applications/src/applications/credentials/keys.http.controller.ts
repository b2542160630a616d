import { type Environment } from '@cambio/contracts'
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
  RequiresScope,
  Tags,
} from '@cambio/service-kit'
import { Body, Controller, Delete, Get, Param, Patch, Post, Res } from '@nestjs/common'
import { type FastifyReply } from 'fastify'

import { type NewSecretAnswer, newSecretAnswerSchema, type SecretDraft, secretDraftSchema } from '../../client-secrets/secret.answer.js'
import { answerOf } from '../../refusals/answer-of.js'
import { environmentPathSchema, locate, namePathSchema, secretPathSchema } from '../../wiring/path-parameters.js'
import {
  type KeysAnswer,
  keysAnswerSchema,
  type KeysDraft,
  keysDraftSchema,
  type KeysPatch,
  keysPatchSchema,
  type NewKeysAnswer,
  newKeysAnswerSchema,
} from './credential.schema.js'
import { DeleteKeys } from './delete-keys.js'
import { DeleteSecret } from './delete-secret.js'
import { GenerateKeys } from './generate-keys.js'
import { GetKeys } from './get-keys.js'
import { PatchKeys } from './patch-keys.js'
import { RotateSecret } from './rotate-secret.js'

@Tags('keys')
@Controller('/v1/orgs/:org/applications/:application/keys/:environment')
export class KeysHttpController {
  constructor(
    private readonly generateKeys: GenerateKeys,
    private readonly getKeys: GetKeys,
    private readonly patchKeys: PatchKeys,
    private readonly deleteKeys: DeleteKeys,
    private readonly rotateSecret: RotateSecret,
    private readonly deleteSecret: DeleteSecret,
  ) {}

  @Post()
  @Audited('credential.create')
  @Idempotent()
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Generate the consumer key and secret of an environment',
    description: 'The answer holds the secret, this once. Unless told otherwise the client may use client_credentials alone.',
    status: 201,
    answer: newKeysAnswerSchema,
    problems: ['keys_exist', 'identity_provider_unknown'],
  })
  async generate(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
    @Body({ schema: keysDraftSchema.optional() }) draft: KeysDraft | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewKeysAnswer> {
    const created = answerOf(await this.generateKeys.execute({ org, application, reach }, environment, draft ?? {}))
    locate(reply, 'v1', 'orgs', org.handle, 'applications', application, 'keys', environment)
    return created
  }

  @Get()
  @RequiresScope('applications:read')
  @Answers({ summary: 'Get the keys of an environment, without their secrets', answer: keysAnswerSchema })
  async get(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
  ): Promise<KeysAnswer> {
    return answerOf(await this.getKeys.execute({ org, application, reach }, environment))
  }

  @Patch()
  @Audited('credential.change')
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Change what a client may do',
    answer: keysAnswerSchema,
    problems: ['identity_provider_unknown'],
  })
  async patch(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
    @IfMatchHeader() ifMatch: IfMatch,
    @Body({ schema: keysPatchSchema }) patch: KeysPatch,
  ): Promise<KeysAnswer> {
    return answerOf(await this.patchKeys.execute({ org, application, reach }, environment, ifMatch, patch))
  }

  @Delete()
  @Audited('credential.delete')
  @RequiresScope('applications:write')
  @Answers({ summary: 'End the keys of an environment', status: 204 })
  async remove(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.deleteKeys.execute({ org, application, reach }, environment, ifMatch))
  }

  @Post('secrets')
  @Audited('credential.secret.create')
  @Idempotent()
  @RequiresScope('applications:write')
  @Answers({
    summary: 'Add a secret, for a rotation with overlap',
    status: 201,
    answer: newSecretAnswerSchema,
    problems: ['too_many_secrets', 'conflict'],
  })
  async addSecret(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
    @Body({ schema: secretDraftSchema.optional() }) draft: SecretDraft | undefined,
  ): Promise<NewSecretAnswer> {
    return answerOf(await this.rotateSecret.execute({ org, application, reach }, environment, draft ?? {}))
  }

  @Delete('secrets/:secret')
  @Audited('credential.secret.delete')
  @RequiresScope('applications:write')
  @Answers({ summary: 'End a secret at once', status: 204 })
  async endSecret(
    @Org() org: OrganizationRef,
    @Caller() { applications: reach }: AdminCaller,
    @Param('application', { schema: namePathSchema }) application: string,
    @Param('environment', { schema: environmentPathSchema }) environment: Environment,
    @Param('secret', { schema: secretPathSchema }) secret: string,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Promise<void> {
    answerOf(await this.deleteSecret.execute({ org, application, reach }, environment, secret, ifMatch))
  }
}
