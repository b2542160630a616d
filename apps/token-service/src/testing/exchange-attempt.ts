import { type SubjectTokenType } from '@cambio/oauth'

import { authorizeExchange } from '../grants/token-exchange/authorize-exchange.js'
import { type ExchangeDecision, type ExchangeRequest } from '../grants/token-exchange/exchange-decision.js'
import { type ExchangeWorld } from './exchange-world.js'

/** A request for an exchange, with the parts that a spec is not about left out. */
export interface Attempt {
  readonly token: string
  readonly type?: SubjectTokenType
  readonly actor?: string
  readonly actorType?: SubjectTokenType
  readonly targets?: readonly string[]
  readonly scopes?: readonly string[]
  readonly clientId?: string
}

export interface AttemptOutcome {
  readonly decision: ExchangeDecision
  /** What the recorder saw: each step with `passed` or the reason of the refusal. */
  readonly steps: readonly (readonly [step: string, outcome: string])[]
  /** Error and reason of a refusal, `passed` otherwise. */
  readonly refusal: readonly [error: string, reason: string] | 'passed'
}

export function exchangeRequest(world: ExchangeWorld, attempt: Attempt): ExchangeRequest {
  const { token, type = 'jwt', actor, actorType = 'jwt', targets = [], scopes = [], clientId } = attempt
  return {
    client: world.client(clientId),
    subject: { token, declaredType: type },
    ...(actor !== undefined && { actor: { token: actor, declaredType: actorType } }),
    requested: { targets, scopes },
  }
}

/** Runs the decision with a recorder that keeps what it sees. */
export async function attempt(world: ExchangeWorld, request: Attempt): Promise<AttemptOutcome> {
  const steps: (readonly [string, string])[] = []
  const decision = await authorizeExchange(exchangeRequest(world, request), world.ports, {
    record: (step, outcome) => steps.push([step, outcome === 'passed' ? outcome : outcome.reason]),
  })
  return { decision, steps, refusal: decision.ok ? 'passed' : [decision.failure.error, decision.failure.reason] }
}
