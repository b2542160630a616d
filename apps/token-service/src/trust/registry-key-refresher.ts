import { type OrganizationId, refreshKeySet } from '@cambio/contracts'
import { type RpcClient } from '@cambio/messaging'

import { type RegisteredIssuer } from '../directory/issuers.projection.js'
import { type KeyRefresher } from '../grants/token-exchange/exchange-ports.js'

/** How long an exchange may wait for the registry (docs/architecture.md). */
const DEADLINE_MS = 1_000

/** Of one identity provider's unknown keys, one refresh in this time; a flood of invented `kid`s costs no more. */
const COOLDOWN_MS = 30_000

/** After a registry that could not be asked, so that requests do not queue up behind its deadline. */
const UNAVAILABLE_COOLDOWN_MS = 2_000

interface Asking {
  readonly answer: Promise<'asked' | 'unavailable'>
  /** On the monotonic clock. */
  readonly againFromMs: number
}

/**
 * Asks the registry for one refresh of an identity provider's keys. Requests that come meanwhile share the answer, and those that
 * come soon after it are told that it was asked.
 */
export class RegistryKeyRefresher implements KeyRefresher {
  readonly #asking = new Map<string, Asking>()

  /**
   * @param applyKeySet takes the entry that the registry answers, so that the keys are there before its feed message
   * @param monotonicMs default `performance.now`
   */
  constructor(
    private readonly rpc: RpcClient,
    private readonly applyKeySet: (entry: unknown) => void,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async refresh(issuer: RegisteredIssuer, kid: string): Promise<'asked' | 'unavailable'> {
    const held = this.#asking.get(issuer.id)
    if (held !== undefined && this.monotonicMs() < held.againFromMs) return held.answer
    const answer = this.#ask(issuer, kid)
    this.#asking.set(issuer.id, { answer, againFromMs: this.monotonicMs() + COOLDOWN_MS })
    return answer
  }

  async #ask(issuer: RegisteredIssuer, kid: string): Promise<'asked' | 'unavailable'> {
    const request = { org: issuer.org as OrganizationId, identityProvider: issuer.id, kid }
    const result = await this.rpc.ask(refreshKeySet, request, { deadlineMs: DEADLINE_MS })
    if (result.ok) {
      this.applyKeySet(result.value.entry)
      return 'asked'
    }
    const answer = Promise.resolve('unavailable' as const)
    this.#asking.set(issuer.id, { answer, againFromMs: this.monotonicMs() + UNAVAILABLE_COOLDOWN_MS })
    return answer
  }
}
