import { FEED_REV_LEAP_MAX, type FeedEntry, type FeedKind, type FeedValue, readFeedEntry } from '@cambio/contracts'

import { contentOf, decodeFeedEntry } from '../feed/feed-codec.js'
import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { type RpcClient } from '../rpc/rpc-client.js'
import { BucketFollower } from './bucket-follower.js'
import { type HeldEntry, MissingEntries } from './missing-entries.js'
import { type FeedProjection, ReplicaEntries } from './replica-entries.js'
import { type ReplicaDisk } from './replica-disk.js'
import { missingBecause, type ReplicaSource, type ReplicaState } from './replica-state.js'

export interface FeedReplicaOptions<K extends FeedKind> {
  readonly kind: K
  readonly link: NatsLink
  readonly rpc: RpcClient
  readonly log: MessagingLog
  /** Indexes that change with the entries. Default: none. */
  readonly projection?: FeedProjection<K>
  /** Where it keeps what it applied. Default: memory only, so that a start needs NATS. */
  readonly disk?: ReplicaDisk<K>
  /** Not ready any more when it could not make sure of its state for this long. Default: it serves for ever. */
  readonly maxStalenessSeconds?: number | undefined
  /** How often the bucket's facts are compared. Default 5,000. */
  readonly pollIntervalMs?: number
  /** How long a start waits for NATS before it relies on the disk. Default 1,000. */
  readonly diskGraceMs?: number
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number
}

/**
 * One kind of aggregate in this process's memory, as its owner publishes it: newest states only, healed from every gap,
 * never asking anybody when it is read. Source: docs/architecture.md, Messages.
 */
export class FeedReplica<K extends FeedKind> {
  readonly kind: K
  readonly #options: FeedReplicaOptions<K>
  readonly #entries: ReplicaEntries<K>
  readonly #follower: BucketFollower
  readonly #missing: MissingEntries
  readonly #now: () => number
  #source: ReplicaSource = 'nothing'
  #startedAt: number
  #appliedAt: number | undefined
  #verifiedAt: number | undefined

  constructor(options: FeedReplicaOptions<K>) {
    const { kind, link, rpc, log, pollIntervalMs = 5_000 } = options
    this.kind = kind
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#startedAt = this.#now()
    this.#entries = new ReplicaEntries(options.projection ?? { apply: () => undefined })
    this.#missing = new MissingEntries(kind, rpc, {
      found: (key, message) => {
        this.#take(key, JSON.stringify(message), 'owner')
      },
      unknown: (key) => {
        this.#entries.drop(key)
        this.#options.disk?.remove(key)
      },
    })
    const listener = {
      message: (key: string, bytes: Uint8Array) => {
        this.#missing.delete(key)
        this.#take(key, new TextDecoder().decode(bytes), 'bucket')
      },
      listed: (present: ReadonlySet<string>) => {
        this.#listed(present)
      },
      vanished: (key: string) => {
        this.#isMissing(key)
      },
      verified: () => {
        this.#verified()
      },
    }
    this.#follower = new BucketFollower({ link, kind, pollIntervalMs, listener, log })
  }

  /** Loads what lies on the disk, then follows the bucket in the background. NATS may be away. */
  async start(): Promise<void> {
    this.#startedAt = this.#now()
    const loaded = await this.#options.disk?.load((entry) => this.#apply(entry))
    if (loaded !== undefined) {
      this.#source = 'disk'
      this.#verifiedAt = loaded.verifiedAt.getTime()
    }
    this.#follower.start()
  }

  async stop(): Promise<void> {
    await this.#follower.stop()
    this.#options.disk?.flush()
  }

  /** The newest state that arrived; `value` is null when it is a deletion. `undefined` = never heard of. */
  get(org: string, id: string): FeedEntry<FeedValue<K>> | undefined {
    return this.#entries.get(org, id)
  }

  /** All entries, deletions included, in no order. */
  entries(): IterableIterator<FeedEntry<FeedValue<K>>> {
    return this.#entries.values()
  }

  /** Of all entries, as `feedDigest` has it. */
  get digest(): string {
    return this.#entries.digest
  }

  get size(): number {
    return this.#entries.size
  }

  /** Takes an entry that its owner gave in an answer, as if the bucket had brought it; `false` when it cannot be read. */
  offer(message: unknown): boolean {
    const reading = readFeedEntry(this.kind, message)
    if (reading.ok) this.#store(reading.entry, JSON.stringify(reading.entry))
    return reading.ok
  }

  state(): ReplicaState {
    const { lag, listings } = this.#follower.status()
    const ageSeconds = this.#verifiedAt === undefined ? undefined : Math.max(0, (this.#now() - this.#verifiedAt) / 1_000)
    const missing = this.#whatIsMissing(ageSeconds)
    return {
      kind: this.kind,
      ready: missing === undefined,
      ...(missing === undefined ? {} : { missing }),
      source: this.#source,
      lag,
      appliedAt: this.#appliedAt === undefined ? undefined : new Date(this.#appliedAt),
      ageSeconds,
      entries: this.#entries.size,
      digest: this.#entries.digest,
      parked: this.#entries.parked,
      unconfirmed: this.#missing.size,
      listings,
    }
  }

  #whatIsMissing(ageSeconds: number | undefined): string | undefined {
    const { maxStalenessSeconds, diskGraceMs = 1_000 } = this.#options
    const { phase } = this.#follower.status()
    if (this.#source === 'nothing') return missingBecause(this.kind, phase)
    if (this.#source === 'disk' && this.#now() - this.#startedAt < diskGraceMs) return `${this.kind} are being looked for in NATS`
    if (maxStalenessSeconds !== undefined && (ageSeconds ?? Number.POSITIVE_INFINITY) > maxStalenessSeconds) {
      return `${this.kind} are older than ${maxStalenessSeconds} s`
    }
    return undefined
  }

  #take(key: string, text: string, from: 'bucket' | 'owner'): void {
    const reading = decodeFeedEntry(this.kind, key, text)
    if (reading.ok) {
      if (from === 'owner' || this.#isBelieved(key, reading.entry)) this.#store(reading.entry, text)
      return
    }
    const { refusal } = reading
    this.#entries.park(key, refusal.code)
    this.#options.log.error({ kind: this.kind, key, ...refusal }, 'a message of the feed cannot be applied')
  }

  /**
   * Whether the bucket may speak for itself. What leaps too far is applied only from its owner's own answer; and an owner that has less
   * than this replica (it was restored from a backup) learns of it, as it would never be believed again.
   */
  #isBelieved(key: string, entry: FeedEntry<FeedValue<K>>): boolean {
    const held = this.#entries.at(key)
    if (entry.rev - (held?.rev ?? 0) > FEED_REV_LEAP_MAX) {
      this.#options.log.error({ kind: this.kind, key, rev: entry.rev }, 'a revision leaps too far and is left to its owner')
      this.#ask(key)
      return false
    }
    if (held !== undefined && (entry.rev < held.rev || (entry.rev === held.rev && contentOf(entry) !== contentOf(held)))) {
      this.#ask(key, { rev: held.rev, content: contentOf(held) })
    }
    return true
  }

  #ask(key: string, held?: HeldEntry): void {
    this.#missing.add(key, held)
    void this.#missing.ask()
  }

  #store(entry: FeedEntry<FeedValue<K>>, text: string): void {
    if (!this.#apply(entry)) return
    this.#appliedAt = this.#now()
    this.#options.disk?.write(`${entry.org}.${entry.id}`, entry.rev, text)
  }

  #apply(entry: FeedEntry<FeedValue<K>>): boolean {
    try {
      return this.#entries.apply(entry) === 'applied'
    } catch (error) {
      this.#entries.park(`${entry.org}.${entry.id}`, 'projection')
      this.#options.log.error({ kind: this.kind, id: entry.id, rev: entry.rev, reason: reasonOf(error) }, 'an index refused an entry')
      return false
    }
  }

  #listed(present: ReadonlySet<string>): void {
    this.#source = 'nats'
    this.#entries.unpark(present)
    for (const key of this.#entries.keys()) if (!present.has(key)) this.#missing.add(key)
    this.#verified()
  }

  #isMissing(key: string): void {
    if (this.#entries.at(key) === undefined) return
    this.#ask(key)
  }

  /** Nothing more is on its way: the moment to ask for what is missing, and to note how old the state is. */
  #verified(): void {
    this.#verifiedAt = this.#now()
    this.#options.disk?.complete(new Date(this.#verifiedAt))
    if (this.#missing.size > 0) void this.#missing.ask()
  }
}
