import { type AppliedProbeAnswer } from '@cambio/contracts'

import { type Clock } from '../clock/clock.js'
import { type IdentityProviderResult, refuse } from '../identity-providers/identity-provider.errors.js'
import { findByIdOrName, type IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { type HealthAnswer, keySetAnswer } from './key-set.answer.js'
import { type KeySetStore } from './key-set.store.js'

/** Asks all replicas which revision of an identity provider they have applied. */
export abstract class AppliedRevisions {
  abstract of(org: string, id: string): Promise<readonly AppliedProbeAnswer[]>
}

/** Tells how old a provider's keys are, how the last attempt went, and where its registration has arrived. */
export class ProviderHealth {
  constructor(
    private readonly providers: IdentityProviderStore,
    private readonly keySets: KeySetStore,
    private readonly applied: AppliedRevisions,
    private readonly clock: Clock,
  ) {}

  async execute(org: string, idOrName: string): Promise<IdentityProviderResult<HealthAnswer>> {
    const found = await findByIdOrName(this.providers, org, idOrName)
    if (found === undefined) return refuse({ code: 'not_found' })
    const { id, rev, value } = found
    const [keySet, replicas] = await Promise.all([this.keySets.get(org, id), this.applied.of(org, id)])
    return {
      ok: true,
      value: {
        identityProvider: { id, name: value.name, rev, enabled: value.enabled },
        keySet: keySet === undefined ? null : keySetAnswer(keySet.value, this.clock.now()),
        applied: { replicas: replicas.length, current: replicas.filter((replica) => replica.rev >= rev).length },
      },
    }
  }
}
