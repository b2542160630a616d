import { Answers, Audited, Org, type OrganizationRef, problem, RequiresScope, Tags } from '@cambio/service-kit'
import { Controller, Get, Inject, Param, Post } from '@nestjs/common'
import { type z } from 'zod'

import { Clock } from '../clock/clock.js'
import { FindIdentityProviders } from '../identity-providers/find-identity-providers.js'
import { valueOrProblem } from '../identity-providers/identity-provider.errors.js'
import { idOrNameSchema } from '../identity-providers/identity-provider.fields.js'
import {
  type HealthAnswer,
  healthAnswerSchema,
  type KeySetAnswer,
  keySetAnswer,
  keySetAnswerSchema,
  refreshAnswerSchema,
} from './key-set.answer.js'
import { ProviderHealth } from './provider-health.js'
import { PurgeKeySet } from './purge-key-set.js'
import { KeySetRefresher } from './refresh-key-set.js'

@Tags('Keys')
@Controller('/v1/orgs/:org/identity-providers/:idp')
export class KeySetHttpController {
  constructor(
    @Inject(FindIdentityProviders) private readonly find: FindIdentityProviders,
    @Inject(KeySetRefresher) private readonly refresher: KeySetRefresher,
    @Inject(PurgeKeySet) private readonly purging: PurgeKeySet,
    @Inject(ProviderHealth) private readonly providerHealth: ProviderHealth,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post('keys/refresh')
  @Audited('key-set.refresh')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Fetch the keys now',
    description: 'At most every 10 s for each provider; before that 429 with `Retry-After`.',
    answer: refreshAnswerSchema,
    problems: ['too_many_requests'],
  })
  async refresh(
    @Org() org: OrganizationRef,
    @Param('idp', { schema: idOrNameSchema }) idp: string,
  ): Promise<z.infer<typeof refreshAnswerSchema>> {
    const { id } = valueOrProblem(await this.find.one(org.id, idp))
    const result = await this.refresher.refresh(org.id, id, 'requested')
    if (result.outcome === 'absent') throw problem('not_found')
    if (result.outcome === 'limited') throw problem('too_many_requests', { retryAfterSeconds: result.retryAfterMs / 1000 })
    return { outcome: result.outcome, keySet: keySetAnswer(result.keySet.value, this.clock.now()) }
  }

  @Post('keys/purge')
  @Audited('key-set.purge')
  @RequiresScope('idps:write')
  @Answers({
    summary: 'Drop the keys: no token of the provider is taken until a refresh has succeeded, which is tried within 20 s',
    answer: keySetAnswerSchema,
  })
  async purge(@Org() org: OrganizationRef, @Param('idp', { schema: idOrNameSchema }) idp: string): Promise<KeySetAnswer> {
    const { id } = valueOrProblem(await this.find.one(org.id, idp))
    const purged = await this.purging.execute(org.id, id)
    if (purged === undefined) throw problem('not_found')
    return keySetAnswer(purged.value, this.clock.now())
  }

  @Get('health')
  @RequiresScope('idps:read')
  @Answers({ summary: 'Tell the age of the keys, the last attempt, and where the registration is applied', answer: healthAnswerSchema })
  async health(@Org() org: OrganizationRef, @Param('idp', { schema: idOrNameSchema }) idp: string): Promise<HealthAnswer> {
    return valueOrProblem(await this.providerHealth.execute(org.id, idp))
  }
}
