import { type FeedKind, feedKinds, type FeedValue, PLATFORM } from '@cambio/contracts'
import { createNatsLink, FeedOwner, type NatsLink } from '@cambio/messaging'
import { type Collection, openSqliteStore, type Store } from '@cambio/store'
import {
  aKeySet,
  anAdminClient,
  anApi,
  anApplication,
  anIdp,
  anOrganization,
  captureLogs,
  feedEntry,
  type FeedEntryOptions,
  IDS,
  ISSUER_B,
  keyB,
  type TestKey,
} from '@cambio/testing'

import { AnsweringRegistry } from './answering-registry.js'
import { billing, MORE_IDS } from './exchange-world.js'

/** Where a value was put. */
export interface Published {
  readonly kind: FeedKind
  readonly org: string
  readonly id: string
  readonly rev: number
}

interface OwnedKind {
  readonly collection: Collection<unknown>
  readonly owner: { start(): void; stop(): Promise<void>; publishSoon(): void }
}

const owned = ['organizations', 'admin-clients', 'apis', 'applications', 'identity-providers', 'key-sets'] as const

/** Keys that a refresh has confirmed just now. */
export const freshKeySet = (keys?: readonly TestKey[]): FeedValue<'key-sets'> => {
  const now = new Date().toISOString()
  return aKeySet({ verifiedAt: now, attemptedAt: now }, keys)
}

/** The other services as this one meets them on NATS: owners with their real outbox and publisher, and the registry's answers. */
export class Neighbours {
  readonly #kinds = new Map<FeedKind, OwnedKind>()

  private constructor(
    readonly registry: AnsweringRegistry,
    private readonly link: NatsLink,
    private readonly store: Store,
  ) {}

  /** Publishes what `ExchangeWorld` has, with key sets that are fresh now, and an administrator of T1 and one of the platform. */
  static async start(natsUrl: string): Promise<Neighbours> {
    const { logger } = captureLogs()
    const link = createNatsLink({ servers: natsUrl, name: 'neighbours', log: logger })
    const store = await openSqliteStore({ file: ':memory:' })
    const neighbours = new Neighbours(await AnsweringRegistry.start(natsUrl), link, store)
    for (const kind of owned) neighbours.#own(kind)
    await neighbours.put('organizations', anOrganization(), { id: IDS.organization })
    await neighbours.put('organizations', anOrganization({ handle: 't2', name: 'Organization T2' }), { id: MORE_IDS.organizationT2 })
    await neighbours.put('admin-clients', anAdminClient())
    await neighbours.put('admin-clients', anAdminClient({ clientId: 'platform-1', role: 'platform' }), { org: PLATFORM, id: 'adm_p' })
    await neighbours.put('identity-providers', anIdp())
    await neighbours.put('key-sets', freshKeySet())
    await neighbours.put('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B }), { id: MORE_IDS.identityProviderB })
    await neighbours.put('key-sets', freshKeySet([keyB()]), { id: MORE_IDS.identityProviderB })
    await neighbours.put('apis', anApi())
    await neighbours.put('apis', billing(), { id: MORE_IDS.billing })
    await neighbours.put('applications', anApplication())
    for (const { owner } of neighbours.#kinds.values()) owner.start()
    return neighbours
  }

  /** Publishes a value in place of the one with this id, or its deletion. */
  async put<K extends FeedKind>(kind: K, value: FeedValue<K> | null, options: FeedEntryOptions = {}): Promise<Published> {
    const { org, id } = feedEntry(kind, value, options)
    const { collection, owner } = this.#kind(kind)
    const known = await collection.get(org, id)
    const result =
      known === undefined
        ? await collection.insert(org, id, value)
        : value === null
          ? await collection.remove(org, id, known.rev)
          : await collection.replace(org, id, known.rev, value)
    if (!result.ok) throw new Error(result.error.code)
    owner.publishSoon()
    return { kind, org, id, rev: result.value.rev }
  }

  async stop(): Promise<void> {
    await this.registry.stop()
    for (const { owner } of this.#kinds.values()) await owner.stop()
    await this.link.close()
    await this.store.close()
  }

  #kind(kind: FeedKind): OwnedKind {
    const known = this.#kinds.get(kind)
    if (known === undefined) throw new TypeError(`${kind} belong to the token service`)
    return known
  }

  #own(kind: (typeof owned)[number]): void {
    const collection = this.store.collection<FeedValue<typeof kind>>({
      name: kind,
      schemaVersion: 1,
      parse: (value) => feedKinds[kind].schema.parse(value),
      uniqueKeys: () => [],
      lookups: () => [],
    })
    const owner = new FeedOwner<typeof kind, FeedValue<typeof kind>>({
      kind,
      collection,
      toFeedValue: ({ value }) => value,
      link: this.link,
      leases: this.store.leases(),
      log: captureLogs().logger,
    })
    this.#kinds.set(kind, { collection: collection, owner })
  }
}
