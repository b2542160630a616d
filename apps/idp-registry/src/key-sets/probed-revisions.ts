import { type AppliedProbeAnswer } from '@cambio/contracts'
import { askApplied, type NatsLink } from '@cambio/messaging'

import { AppliedRevisions } from './provider-health.js'

/** Asks every replica on NATS; who does not answer in time does not count. */
export class ProbedRevisions extends AppliedRevisions {
  constructor(private readonly link: NatsLink) {
    super()
  }

  override async of(org: string, id: string): Promise<readonly AppliedProbeAnswer[]> {
    return askApplied(this.link, { kind: 'identity-providers', org, id })
  }
}
