import { type AppliedRevisions } from '@cambio/messaging'

import { type Clock } from '../clock/clock.js'
import { type IdentityProviderResult, refuse } from '../identity-providers/identity-provider.errors.js'
import { findByIdOrName, type IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { type HealthAnswer, keySetAnswer } from './key-set.answer.js'
import { type KeySetStore } from './key-set.store.js'

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
    const question = { kind: 'identity-providers', org, id } as const
    const [keySet, applied] = await Promise.all([this.keySets.get(org, id), this.applied.count(question, rev)])
    return {
      ok: true,
      value: {
        identityProvider: { id, name: value.name, rev, enabled: value.enabled },
        keySet: keySet === undefined ? null : keySetAnswer(keySet.value, this.clock.now()),
        applied,
      },
    }
  }
}
