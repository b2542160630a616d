import { type JsonObject } from '@cambio/token-trust'

import { type ApplicationClient } from '../../directory/clients.projection.js'
import { type ActorClaim, exchangedSubject } from '../../issuing/access-token.js'
import { passed, refused, type Step, type TrustedToken } from './exchange-decision.js'

/** Actors that may nest in an issued token; the current one counts. */
const MAX_ACTORS = 4

/**
 * Whether the actor may act for the subject (docs/protocol.md, exchange step 3): the subject token's `may_act` decides where it is
 * (RFC 8693 §4.4), else the credential's list. Both tokens have passed the gate.
 */
export function authorizeActor(client: ApplicationClient, subject: TrustedToken, actor: TrustedToken): Step<TrustedToken> {
  const mayAct = subject.token.claims['may_act']
  if (mayAct !== undefined) return isNamedBy(mayAct, subject, actor) ? passed(actor) : refused('actor.not_in_may_act')
  const listed = client.credential.allowedActors.some(
    (allowed) => allowed.identityProvider === actor.issuer.id && allowed.sub === actor.token.subject,
  )
  return listed ? passed(actor) : refused('actor.not_allowed')
}

/** A `may_act` without `iss` speaks of the subject's own issuer; members that we do not compare cannot be met. */
function isNamedBy(mayAct: unknown, subject: TrustedToken, actor: TrustedToken): boolean {
  if (typeof mayAct !== 'object' || mayAct === null || Array.isArray(mayAct)) return false
  const { sub, iss = subject.token.issuer, ...others } = mayAct as JsonObject
  return sub === actor.token.subject && iss === actor.token.issuer && Object.keys(others).length === 0
}

/** The `act` claim of the issued token: the actor, and nested in it who acted before according to the subject's provider. */
export function actorClaim(subject: TrustedToken, actor: TrustedToken | undefined): ActorClaim | undefined {
  const earlier = earlierActor(subject.token.claims['act'], subject.issuer.id, actor === undefined ? MAX_ACTORS : MAX_ACTORS - 1)
  if (actor === undefined) return earlier
  const sub = exchangedSubject(actor.issuer.id, actor.token.subject)
  return earlier === undefined ? { sub } : { sub, act: earlier }
}

/** Names stay in the provider's name space: it can tell of its own actors and of nobody else's. */
function earlierActor(act: unknown, identityProvider: string, left: number): ActorClaim | undefined {
  if (left === 0 || typeof act !== 'object' || act === null || !('sub' in act)) return undefined
  if (typeof act.sub !== 'string' || act.sub === '') return undefined
  const sub = exchangedSubject(identityProvider, act.sub)
  const before = earlierActor('act' in act ? act.act : undefined, identityProvider, left - 1)
  return before === undefined ? { sub } : { sub, act: before }
}
