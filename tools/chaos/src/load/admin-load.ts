import { testKey } from '@cambio/testing'

import { type SeededRandom } from '../random/seeded-random.js'
import { type Change } from './change.js'
import { type ChangeSender } from './change-sender.js'
import { Changes, type ChaosOrganization } from './changes.js'
import { type Journal, type JournaledAggregate, type JournaledKind } from './journal.js'

/** How often each change is asked for, in relation to the others. */
const weights = {
  createApplication: 8,
  createApplicationAgain: 2,
  describeApplication: 14,
  generateKeys: 8,
  changeKeys: 6,
  addSecret: 3,
  deleteKeys: 2,
  bind: 8,
  unbind: 3,
  subscribe: 8,
  changeSubscription: 4,
  unsubscribe: 3,
  removeApplication: 4,
  createProvider: 6,
  describeProvider: 8,
  enableProvider: 6,
  removeProvider: 4,
  createApi: 5,
  renameApi: 5,
  publishApi: 6,
  deprecateApi: 2,
  removeApi: 2,
  createAdminClient: 2,
  changeRole: 3,
  removeAdminClient: 1,
  renameOrganization: 2,
} as const

type Operation = keyof typeof weights

/** How often each change is asked for; 0 where none is named. */
export type Weights = Readonly<Partial<Record<Operation, number>>>

/**
 * Changes that one administrator alone can always make: none needs an answer of the other registry (as binding and the
 * removal of an identity provider do), and none depends on what there is else (as the last owner's role does).
 */
export const ALWAYS_POSSIBLE: Weights = {
  createApplication: 8,
  describeApplication: 14,
  removeApplication: 4,
  createProvider: 6,
  describeProvider: 14,
  enableProvider: 6,
  createApi: 5,
  renameApi: 5,
  removeApi: 2,
  createAdminClient: 3,
  renameOrganization: 2,
}

/** A binding or a subscription that was acknowledged. */
interface Part {
  readonly application: JournaledAggregate
  readonly id: string
  readonly part: string
}

/** What was made in one organization and not asked to go again. */
interface Pool {
  readonly organization: JournaledAggregate
  readonly changes: Changes
  readonly live: Readonly<Record<Exclude<JournaledKind, 'organizations'>, JournaledAggregate[]>>
  readonly bindings: Part[]
  readonly subscriptions: Part[]
}

const environments = ['production', 'sandbox'] as const
const roles = ['owner', 'editor', 'viewer'] as const
const grantTypes = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'] as const

/** All providers of the load publish this key; no token of it is ever exchanged. */
const providerKey = testKey('ES256', { name: 'chaos-load' })

/** Asks for one change after the other, each drawn from the seed, on whatever there is at the moment. */
export class AdminLoad {
  readonly #random: SeededRandom
  readonly #sender: ChangeSender
  readonly #pools: readonly Pool[]
  readonly #weights: Weights
  #count: number

  /** @param asked default: every change there is */
  constructor(
    random: SeededRandom,
    sender: ChangeSender,
    journal: Journal,
    organizations: readonly ChaosOrganization[],
    asked: Weights = weights,
  ) {
    this.#random = random
    this.#sender = sender
    this.#weights = asked
    // Every change is in the journal and takes two markers at most, so that two loads one after the other share none.
    this.#count = (journal.counts.acknowledged + journal.counts.refused + journal.counts.unknown) * 2
    this.#pools = organizations.map((organization) => ({
      organization: journal.aggregate('organizations', 'platform', organization.handle),
      changes: new Changes(journal, organization),
      live: { 'admin-clients': [], 'identity-providers': [], apis: [], applications: [] },
      bindings: [],
      subscriptions: [],
    }))
  }

  /** One change. */
  async step(): Promise<void> {
    const pool = this.#random.pick(this.#pools)
    const change = this.#draw(pool, this.#random.weighted(this.#weights))
    const kind = change.aggregate.kind
    if (change.operation === 'delete' && kind !== 'organizations') forget(pool.live[kind], change.aggregate)
    const outcome = await this.#sender.send(change)
    if (change.operation === 'create' && outcome === 'acknowledged' && kind !== 'organizations') pool.live[kind].push(change.aggregate)
    // Refused because something hangs on it: it is still there. After no answer nobody touches it any more.
    if (change.operation === 'delete' && outcome === 'refused' && kind !== 'organizations') pool.live[kind].push(change.aggregate)
  }

  /** The change of that kind, or a creation where there is nothing yet to change. */
  #draw(pool: Pool, operation: Operation): Change {
    return this.#ofApplication(pool, operation) ?? this.#ofPart(pool, operation) ?? this.#ofOther(pool, operation) ?? this.#creation(pool)
  }

  #ofApplication({ changes, live }: Pool, operation: Operation): Change | undefined {
    const application = this.#any(live.applications)
    if (application === undefined) return undefined
    const environment = this.#random.pick(environments)
    switch (operation) {
      case 'createApplicationAgain':
        return { ...changes.createApplication(application.name, this.#marker('again')), operation: 'create again', touches: [] }
      case 'describeApplication':
        return changes.describeApplication(application, this.#marker('text'))
      case 'generateKeys':
        return changes.generateKeys(application, environment, grantTypes)
      case 'changeKeys':
        return changes.changeKeys(application, environment, this.#random.integer(60, 86_400))
      case 'addSecret':
        return changes.addSecret(application, environment)
      case 'deleteKeys':
        return changes.deleteKeys(application, environment)
      case 'removeApplication':
        return changes.remove(application)
      default:
        return undefined
    }
  }

  #ofPart({ changes, live, bindings, subscriptions }: Pool, operation: Operation): Change | undefined {
    const application = this.#any(live.applications)
    const provider = this.#any(live['identity-providers'])
    const api = this.#any(live.apis)
    const binding = this.#any(bindings)
    const subscription = this.#any(subscriptions)
    if (operation === 'bind' && application !== undefined && provider !== undefined) {
      const clientId = this.#marker('client')
      return changes.bind(application, provider, clientId, ({ id }) => {
        bindings.push({ application, id: String(id), part: `binding/${String(provider.id)}/${clientId}` })
      })
    }
    if (operation === 'subscribe' && application !== undefined && api !== undefined) {
      return changes.subscribe(application, api, this.#marker('plan'), ({ id }) => {
        subscriptions.push({ application, id: String(id), part: `subscription/${String(api.id)}` })
      })
    }
    if (operation === 'unbind' && binding !== undefined) {
      forget(bindings, binding)
      return changes.unbind(binding.application, binding.id, binding.part)
    }
    if (subscription === undefined) return undefined
    if (operation === 'changeSubscription') {
      const status = this.#random.pick(['ACTIVE', 'BLOCKED'] as const)
      return changes.changeSubscription(subscription.application, subscription.id, subscription.part, this.#marker('plan'), status)
    }
    if (operation !== 'unsubscribe') return undefined
    forget(subscriptions, subscription)
    return changes.unsubscribe(subscription.application, subscription.id, subscription.part)
  }

  #ofOther({ organization, changes, live }: Pool, operation: Operation): Change | undefined {
    if (operation === 'renameOrganization') return changes.renameOrganization(organization, this.#marker('name'))
    if (operation === 'createAdminClient') return changes.createAdminClient(this.#marker('administrator'), this.#random.pick(roles))
    const provider = this.#any(live['identity-providers'])
    const api = this.#any(live.apis)
    const client = this.#any(live['admin-clients'])
    if (client !== undefined && operation === 'changeRole') return changes.changeRole(client, this.#random.pick(roles))
    if (client !== undefined && operation === 'removeAdminClient') return changes.remove(client)
    if (provider !== undefined && operation === 'describeProvider') return changes.describeProvider(provider, this.#marker('text'))
    if (provider !== undefined && operation === 'enableProvider') return changes.enableProvider(provider, this.#random.chance(0.5))
    if (provider !== undefined && operation === 'removeProvider') return changes.remove(provider)
    if (api === undefined) return undefined
    if (operation === 'renameApi') return changes.renameApi(api, this.#marker('name'))
    if (operation === 'publishApi') return changes.moveApi(api, 'publish')
    if (operation === 'deprecateApi') return changes.moveApi(api, 'deprecate')
    return operation === 'removeApi' ? changes.remove(api) : undefined
  }

  #creation({ changes }: Pool): Change {
    const what = this.#random.weighted({ application: 3, provider: 2, api: 2 })
    if (what === 'application') return changes.createApplication(this.#marker('application'), this.#marker('text'))
    if (what === 'provider') return changes.createProvider(this.#marker('provider'), this.#marker('text'), providerKey)
    return changes.createApi(this.#marker('api'), this.#marker('name'))
  }

  #any<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.#random.pick(items)
  }

  /** A text that occurs once in a run: whatever is found somewhere can be told where it came from. */
  #marker(noun: string): string {
    this.#count += 1
    return `${noun}-${this.#count.toString().padStart(6, '0')}`
  }
}

function forget<T>(items: T[], item: T): void {
  const index = items.indexOf(item)
  if (index >= 0) items.splice(index, 1)
}
