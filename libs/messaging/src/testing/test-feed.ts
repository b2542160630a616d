import { randomUUID } from 'node:crypto'
import { cp, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import {
  feedBucket,
  type FeedEntry,
  type FeedValue,
  newId,
  organizationSchema,
  type OrganizationId,
  type OrganizationValue,
  PLATFORM,
  readFeedEntry,
} from '@cambio/contracts'
import { type Collection, openSqliteStore, type Store, type StoredDocument } from '@cambio/store'
import { startNatsServer, type TestNatsServer, type TestNatsServerOptions } from '@cambio/testing'
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { Module } from '@nestjs/common'

import { streamFacts } from '../feed/stream-facts.js'
import { type NatsCredentials } from '../link/link-options.js'
import { createNatsLink, type NatsLink } from '../link/nats-link.js'
import { FeedOwner, type FeedOwnerOptions } from '../owner/feed-owner.js'
import { type AnyFeedOwner, feedConfirmController, FeedOwners } from '../owner/feed-owners.js'
import { FeedReplica, type FeedReplicaOptions } from '../replica/feed-replica.js'
import { RpcClient } from '../rpc/rpc-client.js'
import { natsMicroserviceOptions } from '../rpc/rpc-server.js'
import { startMicroservice } from './microservice.js'
import { RecordedLog } from './recorded-log.js'

/** The organizations of a store, as small as a document can be. */
export function organizationsIn(store: Store): Collection<OrganizationValue> {
  return store.collection({
    name: 'organizations',
    schemaVersion: 1,
    parse: (value) => organizationSchema.parse(value),
    uniqueKeys: () => [],
    lookups: () => [],
  })
}

/** The feed of organizations with everything real: a private server, an embedded store, owners and replicas. */
export class TestFeed {
  static readonly bucket = feedBucket('organizations')
  readonly log = new RecordedLog()
  readonly store: Store
  readonly collection: Collection<OrganizationValue>
  readonly #urls: readonly string[]
  readonly #server: TestNatsServer | undefined
  readonly #operator: NatsCredentials | undefined
  readonly #endings: (() => Promise<void> | void)[] = []

  private constructor(nats: TestNatsServer | readonly string[], operator: NatsCredentials | undefined, store: Store) {
    this.#server = 'url' in nats ? nats : undefined
    this.#urls = 'url' in nats ? [nats.url] : nats
    this.#operator = operator
    this.store = store
    this.collection = organizationsIn(store)
  }

  /** @param now the store's clock */
  static async start({ now, ...options }: TestNatsServerOptions & { readonly now?: () => number } = {}): Promise<TestFeed> {
    const [operator] = options.users ?? []
    const server = await startNatsServer(options)
    const credentials = operator === undefined ? undefined : { user: operator.name, pass: operator.password }
    return new TestFeed(server, credentials, await openSqliteStore({ file: ':memory:', ...(now === undefined ? {} : { now }) }))
  }

  /** Over servers that are the test's own, as those of a cluster. */
  static async on(urls: readonly string[]): Promise<TestFeed> {
    return new TestFeed(urls, undefined, await openSqliteStore({ file: ':memory:' }))
  }

  get server(): TestNatsServer {
    if (this.#server === undefined) throw new TypeError('this feed has no server of its own')
    return this.#server
  }

  /** Ends everything in the opposite order of its making. */
  async end(): Promise<void> {
    for (const ending of this.#endings.splice(0).reverse()) await ending()
    await this.store.close()
    await this.#server?.stop()
  }

  /** Copies the server's data, as a backup does, and gives what puts the copy back. Both restart the server. */
  async backUp(): Promise<() => Promise<void>> {
    const { storeDir } = this.server
    const copy = `${storeDir}-backup`
    await this.server.kill()
    await cp(storeDir, copy, { recursive: true })
    await this.server.restart()
    return async () => {
      await this.server.kill()
      await rm(storeDir, { recursive: true })
      await cp(copy, storeDir, { recursive: true })
      await this.server.restart()
    }
  }

  onEnd(ending: () => Promise<void> | void): void {
    this.#endings.push(ending)
  }

  /** @param credentials default: those of the server's first user, if it has users */
  link(name = 'test', credentials: NatsCredentials | undefined = this.#operator): NatsLink {
    const link = createNatsLink({ servers: this.#urls, name, log: this.log, reconnectWaitMs: 50, credentials })
    this.onEnd(async () => link.close())
    return link
  }

  /** An owner that looks at its bucket often; not started. */
  owner(options: Partial<FeedOwnerOptions<'organizations', OrganizationValue>> = {}): FeedOwner<'organizations', OrganizationValue> {
    const owner = new FeedOwner({
      kind: 'organizations',
      link: options.link ?? this.link('owner'),
      collection: this.collection,
      toFeedValue: ({ value }: StoredDocument<OrganizationValue>): FeedValue<'organizations'> => value,
      leases: this.store.leases(),
      log: this.log,
      times: { checkIntervalMs: 100, reconcileIntervalMs: 60_000 },
      ...options,
    })
    this.onEnd(async () => owner.stop())
    return owner
  }

  /** A service that answers confirmations, as Nest runs it. */
  async serveConfirmations(owners: readonly AnyFeedOwner[]): Promise<void> {
    @Module({
      controllers: [feedConfirmController('applications')],
      providers: [{ provide: FeedOwners, useValue: new FeedOwners(owners) }],
    })
    class OwnerModule {}
    const link = this.link('confirmations')
    const options = natsMicroserviceOptions({ link, service: 'applications', log: this.log, gracePeriodMs: 100 })
    const app = await startMicroservice(OwnerModule, options)
    this.onEnd(async () => app.close())
  }

  /** A replica that looks at the bucket often; not started. */
  replica(options: Partial<FeedReplicaOptions<'organizations'>> = {}): FeedReplica<'organizations'> {
    const link = options.link ?? this.link('replica')
    const replica = new FeedReplica({
      kind: 'organizations',
      link,
      rpc: new RpcClient(link, this.log),
      log: this.log,
      pollIntervalMs: 100,
      diskGraceMs: 0,
      ...options,
    })
    this.onEnd(async () => replica.stop())
    return replica
  }

  async insert(name = 'ACME', collection = this.collection): Promise<OrganizationId> {
    const id = newId('organization')
    const result = await collection.insert(PLATFORM, id, { handle: 'acme', name })
    if (!result.ok) throw new Error(result.error.code)
    return id
  }

  async rename(id: OrganizationId, expectedRev: number, name: string, collection = this.collection): Promise<void> {
    const result = await collection.replace(PLATFORM, id, expectedRev, { handle: 'acme', name })
    if (!result.ok) throw new Error(result.error.code)
  }

  async remove(id: OrganizationId, expectedRev: number, collection = this.collection): Promise<void> {
    const result = await collection.remove(PLATFORM, id, expectedRev)
    if (!result.ok) throw new Error(result.error.code)
  }
}

/** An operator's own access to the bucket, past everything of ours. */
export class Operator {
  readonly #link: NatsLink

  private constructor(link: NatsLink) {
    this.#link = link
  }

  static async on(feed: TestFeed): Promise<Operator> {
    const link = feed.link(`operator-${randomUUID()}`)
    await link.connected()
    return new Operator(link)
  }

  async streams(): Promise<JetStreamManager> {
    return (await this.#jetStream()).jetstreamManager()
  }

  async kv(): Promise<KV> {
    return new Kvm(await this.#jetStream()).open(TestFeed.bucket, { allow_direct: true })
  }

  /** Makes the bucket as an owner would, if no owner is faster. */
  async makeBucket(): Promise<KV> {
    const kvm = new Kvm(await this.#jetStream())
    await kvm.create(TestFeed.bucket, { history: 1, allow_direct: true }).catch(() => undefined)
    return this.kv()
  }

  /** Publishes what an owner with that document would have published. */
  async put(id: string, rev: number, name: string, more: object = {}): Promise<number> {
    const entry = { v: 1, id, org: PLATFORM, rev, value: { handle: 'acme', name }, ...more }
    return (await this.kv()).put(`${PLATFORM}.${id}`, JSON.stringify(entry))
  }

  async complete(): Promise<void> {
    await (await this.kv()).put('_meta', JSON.stringify({ complete: true, at: new Date().toISOString() }))
  }

  /** The entry at an aggregate's key. */
  async read(id: string): Promise<{ rev: number; deleted?: boolean; value: unknown } | undefined> {
    // A server answers a direct get from a bucket that is not there with silence.
    if ((await streamFacts(await this.streams(), TestFeed.bucket)) === undefined) return undefined
    return (await (await this.kv()).get(`${PLATFORM}.${id}`))?.json()
  }

  /** Everything that lies in the bucket, read as a replica reads it. */
  async readEntries(): Promise<FeedEntry<OrganizationValue>[]> {
    const kv = await this.kv()
    const entries: FeedEntry<OrganizationValue>[] = []
    for await (const key of await kv.keys(`${PLATFORM}.*`)) {
      const reading = readFeedEntry('organizations', (await kv.get(key))?.json())
      if (reading.ok) entries.push(reading.entry)
    }
    return entries
  }

  /** Every message of the bucket but `_meta`, by its key. */
  async entries(): Promise<Readonly<Record<string, object>>> {
    const kv = await this.kv()
    const entries: Record<string, object> = {}
    for await (const key of await kv.keys()) {
      const found = key === '_meta' ? null : await kv.get(key)
      if (found !== null) entries[key] = found.json()
    }
    return entries
  }

  async publish(subject: string): Promise<void> {
    await (await this.#jetStream()).publish(subject, 'x')
  }

  async destroyBucket(): Promise<void> {
    await (await this.streams()).streams.delete(`KV_${TestFeed.bucket}`)
  }

  /** Removes keys and leaves no marker, as `nats stream purge` does. */
  async purge(id?: string): Promise<void> {
    const options = id === undefined ? undefined : { filter: `$KV.${TestFeed.bucket}.${PLATFORM}.${id}` }
    await (await this.streams()).streams.purge(`KV_${TestFeed.bucket}`, options)
  }

  /** Waits until the server is back, if a test has just taken it away. */
  async #jetStream(): Promise<JetStreamClient> {
    for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 20) {
      const connection = this.#link.connection
      if (connection !== undefined) return jetstream(connection, { timeout: 1_000 })
      await delay(20)
    }
    throw new Error(`the server did not come back: ${JSON.stringify(this.#link.state)}`)
  }
}
