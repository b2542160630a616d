import { Answers, RequiresScope } from '@cambio/service-kit'
import { Controller, Get } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { z } from 'zod'

import { listProviderTypes, type ProviderTypeAnswer, providerTypeAnswerSchema } from './provider-type.js'

@ApiTags('Provider types')
@Controller('/v1/provider-types')
export class ProviderTypeHttpController {
  @Get()
  @RequiresScope('idps:read')
  @Answers({ summary: 'List the kinds of identity providers', answer: z.object({ items: z.array(providerTypeAnswerSchema) }) })
  list(): { items: readonly ProviderTypeAnswer[] } {
    return { items: listProviderTypes() }
  }
}
