import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { type LeaseStore } from '@cambio/store'

import { refuse, type Refusal, type Refused } from '../refusals/refusal.js'
import { type KeptRole } from './admin-client.js'
import { type AdminClientStore, withRole } from './admin-client.store.js'

const turnSeconds = 15
const waitMs = 2_000

/**
 * Keeps at least one owner in an organization that has one, and one platform administrator (AD-14). Two clients are two
 * documents, so those who take the role away do so one after the other: else two owners could remove each other.
 */
export class KeptRoles {
  readonly #clients: AdminClientStore
  readonly #leases: LeaseStore

  constructor(clients: AdminClientStore, leases: LeaseStore) {
    this.#clients = clients
    this.#leases = leases
  }

  /** Runs what takes the role from a client, while nobody else does such in this partition. */
  async inTurn<T>(org: string, takeAway: () => Promise<T>): Promise<T | Refused> {
    const holder = randomUUID()
    const name = `kept-roles-${org}`
    const until = Date.now() + waitMs
    while ((await this.#leases.acquire(name, holder, turnSeconds)) === undefined) {
      if (Date.now() > until) return refuse('revision_conflict', 'Others change the administrators at the same time; try again.')
      await delay(20)
    }
    try {
      return await takeAway()
    } finally {
      // What was done is done; a lease that cannot be given back runs out by itself.
      await this.#leases.release(name, holder).catch(() => undefined)
    }
  }

  /** The refusal if nobody else has the role; call it in turn. */
  async refusalIfLast(org: string, id: string, role: KeptRole): Promise<Refusal | undefined> {
    for await (const client of this.#clients.withLookup(org, withRole(role))) if (client.id !== id) return undefined
    const who = role === 'owner' ? 'owner of the organization' : 'platform administrator'
    return { code: 'last_owner', detail: `This is the last ${who}; make another one first.` }
  }
}
