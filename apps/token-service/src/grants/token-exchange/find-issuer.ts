import { readUnverifiedJwt, tokenFailure, unverifiedIssuer, type UnverifiedJwt } from '@cambio/token-trust'
import { type TokenRole } from '@cambio/oauth'

import { type ApplicationClient } from '../../directory/clients.projection.js'
import { type RegisteredIssuer } from '../../directory/issuers.projection.js'
import { passed, type PresentedToken, refused, type Step } from './exchange-decision.js'
import { type ExchangePorts } from './exchange-ports.js'

/** A well-formed token and the registration that its unverified `iss` leads to. */
export interface FoundIssuer {
  readonly jwt: UnverifiedJwt
  readonly issuer: RegisteredIssuer
}

type IssuerPorts = Pick<ExchangePorts, 'directory' | 'ownIssuer'>

/** Reads `iss` unverified, as a look-up key only, and finds the enabled registration of the client's organization. */
export function findIssuer(org: string, presented: PresentedToken, role: TokenRole, ports: IssuerPorts): Step<FoundIssuer> {
  const read = readUnverifiedJwt(presented.token)
  if (!read.ok) return { ok: false, failure: tokenFailure(role, read) }
  const claimed = unverifiedIssuer(read.jwt)
  if (!claimed.ok) return { ok: false, failure: tokenFailure(role, claimed) }
  // Before the look-up: even a registration of our own issuer would not make our tokens subject tokens.
  if (claimed.issuer === ports.ownIssuer) return refused('idp.own_issuer')
  const issuer = ports.directory.issuers.byIssuer(org, claimed.issuer)
  if (issuer === undefined) return refused('idp.unknown_issuer')
  if (!issuer.value.enabled) return refused('idp.disabled', issuer.id)
  return passed({ jwt: read.jwt, issuer })
}

/** What the registration and the application must allow for a subject token to be exchanged. */
export function checkExchangeable(client: ApplicationClient, issuer: RegisteredIssuer): Step<RegisteredIssuer> {
  const { value, id } = issuer
  if (!value.environments.includes(client.credential.environment)) return refused('idp.wrong_environment', id)
  if (value.tokenMode === 'DIRECT') return refused('idp.exchange_not_allowed', id)
  const usable = client.application.identityProviders
  if (usable !== undefined && !usable.includes(id)) return refused('idp.not_allowed_for_application', id)
  return passed(issuer)
}
