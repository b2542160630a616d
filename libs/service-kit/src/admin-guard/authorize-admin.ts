import { setTimeout as delay } from 'node:timers/promises'

import { ADMIN_AUDIENCE, type AdminScope, handleSchema, scopesOfAdminRole } from '@cambio/contracts'
import { OwnTokenPolicy, verifyOwnAccessToken } from '@cambio/token-trust'

import { type Problem } from '../problems/problem.js'
import { type AdminCaller, type OrganizationRef } from './admin-caller.js'
import { type AdminTrust, type LiveAdminClient } from './admin-trust.js'

export interface AdminRequest {
  /** The `Authorization` header as it came. */
  readonly authorization: string | undefined
  readonly scope: AdminScope
  /** Platform administrators only. */
  readonly platform: boolean
  /** `{org}` of the address; undefined for an address outside of organizations. */
  readonly handle: string | undefined
}

export type AdminDecision =
  { readonly ok: true; readonly caller: AdminCaller; readonly organization: OrganizationRef | undefined } | Refusal

interface Refusal {
  readonly ok: false
  readonly problem: Problem
  /** Who was refused, when that is known. */
  readonly caller?: AdminCaller
  /** The organization of the address, when the caller has access to it. */
  readonly organization?: OrganizationRef | undefined
}

/** A change is visible on all replicas within this time but for rare cases. */
const newClientMs = 500
const pollMs = 25

const unavailable: Problem = { code: 'unavailable', retryAfterSeconds: 2 }

/** RFC 6750 §2.1: one scheme, one space, one token. */
const bearer = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Decides a request of the administrators' API, by what this process holds in memory. A foreign organization is 404 like
 * one that does not exist, whatever scopes the caller has.
 */
export class AdminAuthorizer {
  readonly #policy: OwnTokenPolicy

  constructor(private readonly trust: AdminTrust) {
    this.#policy = new OwnTokenPolicy(trust.issuer, ADMIN_AUDIENCE)
  }

  async authorize(request: AdminRequest): Promise<AdminDecision> {
    const authenticated = await this.#authenticate(request.authorization)
    if (!authenticated.ok) return authenticated
    const { client, scopes } = authenticated
    const caller = callerOf(client, scopes)
    const organization = await this.#organizationFor(client, request.handle)
    if (!organization.ok) return { ...organization, caller }
    const known = { caller, organization: organization.value }
    if (!caller.scopes.has(request.scope)) return { ok: false, problem: insufficientScope(request.scope), ...known }
    if (request.platform && client.value.role !== 'platform') return { ok: false, problem: { code: 'platform_only' }, ...known }
    return { ok: true, ...known }
  }

  async #authenticate(
    authorization: string | undefined,
  ): Promise<{ ok: true; client: LiveAdminClient; scopes: ReadonlySet<string> } | { ok: false; problem: Problem }> {
    const text = authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
    if (text === undefined) return { ok: false, problem: /^Bearer\b/i.test(authorization ?? '') ? invalidToken : authenticationRequired }
    if (!this.trust.isReady()) return { ok: false, problem: unavailable }
    const verification = await verifyOwnAccessToken(text, this.#policy, this.trust.verificationKeys(), this.trust.now() / 1000)
    if (!verification.ok) return { ok: false, problem: verification.rejection === undefined ? unavailable : invalidToken }
    const client = await this.#clientOf(verification.token.clientId)
    return client === undefined ? { ok: false, problem: invalidToken } : { ok: true, client, scopes: verification.token.scopes }
  }

  /** The token is genuine, so its client exists or was deleted; a client that was made a moment ago may still be on its way here. */
  async #clientOf(clientId: string): Promise<LiveAdminClient | undefined> {
    for (let waitedMs = 0; waitedMs < newClientMs; waitedMs += pollMs) {
      const client = this.trust.adminClient(clientId)
      if (client !== undefined) return client
      await delay(pollMs)
    }
    return this.trust.adminClient(clientId)
  }

  async #organizationFor(
    client: LiveAdminClient,
    handle: string | undefined,
  ): Promise<{ ok: true; value: OrganizationRef | undefined } | { ok: false; problem: Problem }> {
    if (handle === undefined) return { ok: true, value: undefined }
    const found = handleSchema.safeParse(handle).success ? await this.trust.organization(handle) : undefined
    if (found?.ok === false && found.failure.code !== 'not_found') return { ok: false, problem: unavailable }
    if (found?.ok !== true) return { ok: false, problem: { code: 'not_found' } }
    const isForeign = client.value.role !== 'platform' && client.organization !== found.value.id
    return isForeign
      ? { ok: false, problem: { code: 'not_found' } }
      : { ok: true, value: { id: found.value.id, handle: found.value.handle } }
  }
}

function callerOf(client: LiveAdminClient, granted: ReadonlySet<string>): AdminCaller {
  const { clientId, role, applications } = client.value
  return {
    clientId,
    role,
    organization: client.organization,
    // The role as it is now: one that was narrowed since the token was issued no longer gives what it gave.
    scopes: new Set(scopesOfAdminRole(role).filter((scope) => granted.has(scope))),
    applications: role === 'developer' ? new Set(applications) : undefined,
  }
}

const challenge = (parameters: string): Readonly<Record<string, string>> => ({ 'www-authenticate': `Bearer realm="cambio"${parameters}` })

/** RFC 6750 §3.1: without credentials the challenge names no error. */
const authenticationRequired: Problem = { code: 'authentication_required', headers: challenge('') }

const invalidToken: Problem = { code: 'invalid_token', headers: challenge(', error="invalid_token"') }

function insufficientScope(scope: AdminScope): Problem {
  return {
    code: 'insufficient_scope',
    detail: `The scope ${scope} is needed.`,
    headers: challenge(`, error="insufficient_scope", scope="${scope}"`),
  }
}
