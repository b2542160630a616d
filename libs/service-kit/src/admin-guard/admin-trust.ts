import {
  type AdminClientValue,
  type FeedEntry,
  type OrganizationId,
  type OrganizationValue,
  PLATFORM,
  type RpcResult,
  type SigningKeyValue,
} from '@cambio/contracts'
import { ClaimedIndex } from '@cambio/messaging'
import { acceptJwk, type VerificationKey, VerificationKeys } from '@cambio/token-trust'

import { type OrganizationRef } from './admin-caller.js'

/** A client of the administrators' API that is live now. */
export interface LiveAdminClient {
  readonly id: string
  /** Undefined for a platform administrator. */
  readonly organization: OrganizationId | undefined
  readonly value: AdminClientValue
}

interface SigningKey {
  readonly key: VerificationKey
  readonly verifiesUntilMs: number
}

/** Fails with `not_found`, or with anything else when nobody can say. */
export type FindOrganization = (handle: string) => Promise<RpcResult<OrganizationRef>>

export interface AdminTrustOptions {
  /** The `iss` of our own tokens. */
  readonly issuer: string
  /** Whether signing keys, admin clients and organizations may be decided by; while not, the answer is 503. */
  readonly isReady: () => boolean
  /** Asks the owner for an organization that the replica does not have yet. Default: nobody to ask. */
  readonly findOrganization?: FindOrganization
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * What the administrators' guard believes: the projections of three kinds of the feed. The `apply…` methods take entries
 * in the order of their revisions, tombstones included. An index drops an entry only if it still points at the id that goes.
 */
export class AdminTrust {
  readonly issuer: string
  readonly isReady: () => boolean
  readonly now: () => number
  readonly #findOrganization: FindOrganization
  readonly #clientsByClientId = new ClaimedIndex<LiveAdminClient>()
  readonly #organizationsById = new Map<string, OrganizationRef>()
  readonly #organizationsByHandle = new ClaimedIndex<OrganizationRef>()
  readonly #keys = new Map<string, SigningKey>()
  #usableKeys: { readonly keys: VerificationKeys; readonly untilMs: number } | undefined

  constructor(options: AdminTrustOptions) {
    this.issuer = options.issuer
    this.isReady = options.isReady
    this.now = options.now ?? Date.now
    this.#findOrganization = options.findOrganization ?? (() => Promise.resolve({ ok: false, failure: { code: 'not_found' } }))
  }

  applySigningKey({ id, value }: FeedEntry<SigningKeyValue>): void {
    const key = value === null ? undefined : signingKeyOf(value)
    if (key === undefined) this.#keys.delete(id)
    else this.#keys.set(id, key)
    this.#usableKeys = undefined
  }

  applyAdminClient({ id, org, value }: FeedEntry<AdminClientValue>): void {
    const organization = org === PLATFORM ? undefined : (org as OrganizationId)
    this.#clientsByClientId.replace(id, value === null ? [] : [[value.clientId, { id, organization, value }]])
  }

  applyOrganization({ id, value }: FeedEntry<OrganizationValue>): void {
    if (value === null) {
      this.#organizationsById.delete(id)
      this.#organizationsByHandle.replace(id, [])
      return
    }
    const organization = { id: id as OrganizationId, handle: value.handle }
    this.#organizationsById.set(id, organization)
    this.#organizationsByHandle.replace(id, [[value.handle, organization]])
  }

  /** The keys that verify now; undefined while none is known. */
  verificationKeys(): VerificationKeys | undefined {
    const nowMs = this.now()
    if (this.#usableKeys !== undefined && nowMs < this.#usableKeys.untilMs) return this.#usableKeys.keys
    const usable = [...this.#keys.values()].filter(({ verifiesUntilMs }) => nowMs < verifiesUntilMs)
    if (usable.length === 0) return undefined
    const keys = new VerificationKeys(usable.map(({ key }) => key))
    this.#usableKeys = { keys, untilMs: Math.min(...usable.map(({ verifiesUntilMs }) => verifiesUntilMs)) }
    return keys
  }

  adminClient(clientId: string): LiveAdminClient | undefined {
    return this.#clientsByClientId.get(clientId)
  }

  /** The organization of a handle, from memory or else from its owner. */
  async organization(handle: string): Promise<RpcResult<OrganizationRef>> {
    const known = this.#organizationsByHandle.get(handle)
    return known === undefined ? this.#findOrganization(handle) : { ok: true, value: known }
  }

  /** The organization of an id, from memory. */
  organizationOfId(id: string): OrganizationRef | undefined {
    return this.#organizationsById.get(id)
  }
}

/** Undefined when the key is not one that may verify our own tokens. */
function signingKeyOf(value: SigningKeyValue): SigningKey | undefined {
  const accepted = acceptJwk({ ...value.publicJwk, kid: value.kid, alg: value.alg, use: 'sig' })
  if (!accepted.ok) return undefined
  const verifiesUntilMs = value.verifiesUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(value.verifiesUntil)
  return { key: accepted.key, verifiesUntilMs }
}
