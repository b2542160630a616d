import { type TokenRole } from '@cambio/oauth'
import { clientIdOf, rolesOf, scopesOf } from '@cambio/token-trust'

import { scopesOfSubject } from '../../directory/subject-scopes.js'
import { decideScopes, type GrantedAccess, selectTargets } from '../targets-and-scopes.js'
import { actorClaim, authorizeActor } from './authorize-actor.js'
import {
  type AuthorizedExchange,
  type ExchangeDecision,
  type ExchangeRecorder,
  type ExchangeRequest,
  type ExchangeStep,
  passed,
  refused,
  type Step,
  type TrustedToken,
} from './exchange-decision.js'
import { type ExchangePorts } from './exchange-ports.js'
import { checkExchangeable, findIssuer } from './find-issuer.js'
import { mappedClaims } from './mapped-claims.js'
import { verifyPresentedToken } from './verify-presented-token.js'

/**
 * Decides an exchange. Every grant that accepts a token from outside goes through this one function, and so does the
 * explanation of a decision; the order is that of docs/protocol.md, "Token exchange".
 *
 * @param recorder sees every step; it cannot change the outcome
 */
export async function authorizeExchange(
  request: ExchangeRequest,
  ports: ExchangePorts,
  recorder: ExchangeRecorder,
): Promise<ExchangeDecision> {
  const noted = <T>(step: ExchangeStep, outcome: Step<T>, values: Readonly<Record<string, unknown>> = {}): Step<T> => {
    recorder.record(step, outcome.ok ? 'passed' : outcome.failure, values)
    return outcome
  }
  const { client } = request

  const found = noted('issuer', findSubjectIssuer(request, ports))
  if (!found.ok) return found
  const { issuer } = found.value
  const issuerNamed = { identityProvider: issuer.id, issuer: issuer.value.issuer }

  const verified = noted('subject_token', await verifySubject(request, found.value, ports), issuerNamed)
  if (!verified.ok) return verified
  const subject = verified.value

  const acting = noted('actor_token', await verifyActor(request, subject, ports))
  if (!acting.ok) return acting
  const actor = acting.value

  const selected = selectTargets(client, request.requested, ports.directory.apis)
  const targets = noted('target', selected.ok ? passed(selected.targets) : selected, { requested: request.requested.targets })
  if (!targets.ok) return targets

  const mayHave = scopesOfSubject(issuer.scopes, scopesOf(subject.token.claims, issuer.trust), rolesOf(subject.token.claims, issuer.trust))
  const decided = decideScopes(client, targets.value, request.requested.scopes, (name) => mayHave.has(name))
  const scopes = noted('scope', decided.ok ? passed(decided.scopes) : decided, {
    requested: request.requested.scopes,
    subjectMayHave: [...mayHave],
  })
  if (!scopes.ok) return scopes

  const lifetime = noted('lifetime', lifetimeOf(request, subject, actor, ports.nowMs()))
  if (!lifetime.ok) return lifetime

  const used = noted('single_use', await claimUses(subject, actor, ports))
  if (!used.ok) return used

  return passed(authorized(request, subject, actor, { targets: targets.value, scopes: scopes.value }, lifetime.value))
}

function findSubjectIssuer(request: ExchangeRequest, ports: ExchangePorts) {
  const found = findIssuer(request.client.org, request.subject, 'subject_token', ports)
  if (!found.ok) return found
  const exchangeable = checkExchangeable(request.client, found.value.issuer)
  return exchangeable.ok ? found : exchangeable
}

async function verifySubject(
  { client, subject }: ExchangeRequest,
  found: Parameters<typeof verifyPresentedToken>[0],
  ports: ExchangePorts,
): Promise<Step<TrustedToken>> {
  const verified = await verifyPresentedToken(found, subject, 'subject_token', ports)
  if (!verified.ok || !client.credential.public) return verified
  // Anybody can pretend to be a public client, so it gets only what its own application was issued.
  const tokenClientId = clientIdOf(verified.value.token.claims, found.issuer.trust)
  const bound = client.application.bindings.some(
    (binding) =>
      binding.identityProvider === found.issuer.id &&
      binding.environment === client.credential.environment &&
      binding.clientId === tokenClientId,
  )
  return bound ? verified : refused('binding.required', found.issuer.id)
}

async function verifyActor(request: ExchangeRequest, subject: TrustedToken, ports: ExchangePorts): Promise<Step<TrustedToken | undefined>> {
  if (request.actor === undefined) return passed(undefined)
  const found = findIssuer(request.client.org, request.actor, 'actor_token', ports)
  if (!found.ok) return found
  const verified = await verifyPresentedToken(found.value, request.actor, 'actor_token', ports)
  return verified.ok ? authorizeActor(request.client, subject, verified.value) : verified
}

/** An issued token never outlives what it was issued for, beyond the clock skew that its verification allows too. */
function lifetimeOf({ client }: ExchangeRequest, subject: TrustedToken, actor: TrustedToken | undefined, nowMs: number): Step<number> {
  const left = (trusted: TrustedToken | undefined): number =>
    trusted === undefined ? Number.POSITIVE_INFINITY : trusted.token.expiresAtSeconds + trusted.issuer.value.clockSkewSeconds - nowMs / 1000
  const seconds = Math.floor(Math.min(client.credential.accessTokenLifetimeSeconds, left(subject), left(actor)))
  return seconds < 1 ? refused('lifetime.too_short') : passed(seconds)
}

/** Last of all, so that a request that is refused for another reason does not use its token up. */
async function claimUses(subject: TrustedToken, actor: TrustedToken | undefined, ports: ExchangePorts): Promise<Step<true>> {
  const claimed = await claimUse(subject, 'subject_token', ports)
  return claimed.ok && actor !== undefined ? claimUse(actor, 'actor_token', ports) : claimed
}

async function claimUse({ issuer, token }: TrustedToken, role: TokenRole, ports: ExchangePorts): Promise<Step<true>> {
  if (!issuer.trust.singleUse) return passed(true)
  // The gate has refused a token of such an issuer that has no jti.
  const claim = await ports.tokenUse.claim(issuer, token.tokenId ?? '', token.expiresAtSeconds + issuer.value.clockSkewSeconds)
  switch (claim) {
    case 'claimed':
      return passed(true)
    case 'used':
      return { ok: false, failure: { error: 'invalid_request', reason: `${role}.replayed` } }
    case 'unavailable':
      return refused('single_use.unavailable')
  }
}

function authorized(
  { client }: ExchangeRequest,
  subject: TrustedToken,
  actor: TrustedToken | undefined,
  access: GrantedAccess,
  lifetimeSeconds: number,
): AuthorizedExchange {
  const act = actorClaim(subject, actor)
  const ext = mappedClaims(subject.issuer.value.claimMappings, subject.token.claims)
  return {
    client,
    environment: client.credential.environment,
    subject,
    ...(actor !== undefined && { actor }),
    ...(act !== undefined && { act }),
    ...(ext !== undefined && { ext }),
    access,
    lifetimeSeconds,
  }
}
