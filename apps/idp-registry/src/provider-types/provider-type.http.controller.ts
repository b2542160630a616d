import { Answers, RequiresScope, Tags } from '@cambio/service-kit'
import { Controller, Get } from '@nestjs/common'
import { z } from 'zod'

import { listProviderTypes, type ProviderTypeAnswer, providerTypeAnswerSchema } from './provider-type.js'

@Tags('Provider types')
@Controller('/v1/provider-types')
export class ProviderTypeHttpController {
  @Get()
  @RequiresScope('idps:read')
  @Answers({ summary: 'List the kinds of identity providers', answer: z.object({ items: z.array(providerTypeAnswerSchema) }) })
  list(): { items: readonly ProviderTypeAnswer[] } {
    return { items: listProviderTypes() }
  }
}
