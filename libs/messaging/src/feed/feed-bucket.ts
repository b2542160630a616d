import { setImmediate as nextTurn } from 'node:timers/promises'

import { FEED_META_KEY, feedBucket, feedFrameSchema, type FeedKind, type FeedMeta } from '@cambio/contracts'
import { jetstream, JetStreamApiCodes, JetStreamApiError, StorageType } from '@nats-io/jetstream'
import { type KV, type KvEntry, Kvm, type KvWatchEntry, KvWatchInclude } from '@nats-io/kv'
import { type NatsConnection, type QueuedIterator } from '@nats-io/transport-node'

import { type NatsLink } from '../link/nats-link.js'
import { contentOf, decodeFeedEntry, FEED_MESSAGE_MAX_BYTES, parseJson } from './feed-codec.js'
import { JETSTREAM_TIMEOUT_MS, jetStreamManager, type StreamFacts, streamFacts, streamOf } from './stream-facts.js'

/** There is no connection to NATS, or the bucket cannot be used now. The outbox keeps what could not be published. */
export class FeedUnavailable extends Error {
  readonly code = 'feed_unavailable'
  /** `contended`: somebody else was faster, or the bucket changed under the work. */
  readonly problem: 'no_connection' | 'no_bucket' | 'contended' | 'no_answer'

  constructor(problem: 'no_connection' | 'no_bucket' | 'contended' | 'no_answer', message: string) {
    super(message)
    this.name = 'FeedUnavailable'
    this.problem = problem
  }
}

/**
 * The stream holds messages and delivers none, though it answers everything else. nats-server 2.9 can leave a stream so
 * that was deleted and made anew in the same moment; only another one helps.
 */
export class BucketUnreadable extends Error {
  readonly code = 'bucket_unreadable'

  constructor(bucket: string) {
    super(`${bucket} holds messages and delivers none`)
    this.name = 'BucketUnreadable'
  }
}

/** What lies at a key. */
export interface BucketEntry {
  /** The aggregate's revision; 0 when no reader could apply the message, so that it counts as older than everything and its owner overwrites it. */
  readonly rev: number
  /** The message's place in the stream. */
  readonly seq: number
  /** What it says (`contentOf`); `undefined` when nobody can read it, or a newer version wrote it. */
  readonly content: string | undefined
}

/** NATS counts the headers of a message too. */
const HEADERS_MAX_BYTES = 1_024

/** Messages that are read before the event loop is given back. */
const LISTED_A_TURN = 50

/** Silence after which a listing is given up. */
const LISTING_IDLE_MS = 2_500

/**
 * The owner's side of one bucket.
 *
 * A key is read by direct get, never by the stream's own message request: that one ends a nats-server 2.9 with a fault
 * when it comes while the stream is being made. In a cluster a direct get may be a moment old; then the write that is
 * based on it finds a conflict and reads again.
 */
export class FeedBucket {
  readonly name: string
  readonly #kind: FeedKind
  readonly #link: NatsLink
  readonly #replicas: number
  #open: { readonly connection: NatsConnection; readonly kv: KV } | undefined
  #made: StreamFacts | undefined

  /** @param replicas copies that a NATS cluster keeps; an existing bucket is given as many at the owner's next comparison */
  constructor(link: NatsLink, kind: FeedKind, replicas: number) {
    this.name = feedBucket(kind)
    this.#kind = kind
    this.#link = link
    this.#replicas = replicas
  }

  /** The bucket's facts; `undefined` when it is not there. @throws FeedUnavailable without a connection */
  async facts(): Promise<StreamFacts | undefined> {
    return streamFacts(await jetStreamManager(this.#connection()), this.name)
  }

  /** The facts when this process last made sure of the bucket: every listing since then has what lay there. */
  get made(): StreamFacts | undefined {
    return this.#made
  }

  /** Makes the bucket if it is not there. One process at a time does it, under a lease: two at once can break a nats-server 2.9. */
  async make(): Promise<StreamFacts> {
    const connection = this.#connection()
    await new Kvm(jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false })).create(this.name, {
      history: 1,
      storage: StorageType.File,
      replicas: this.#replicas,
      // A larger message could only be forged.
      maxValueSize: FEED_MESSAGE_MAX_BYTES + HEADERS_MAX_BYTES,
      allow_direct: true,
    })
    const manager = await jetStreamManager(connection)
    const { config } = await manager.streams.info(streamOf(this.name))
    // An operator may have made it, or the number of copies was changed since.
    if (!config.allow_direct || config.num_replicas !== this.#replicas) {
      await manager.streams.update(streamOf(this.name), { allow_direct: true, num_replicas: this.#replicas })
    }
    const facts = await streamFacts(manager, this.name)
    if (facts === undefined) throw new FeedUnavailable('no_bucket', `the bucket ${this.name} vanished while it was made`)
    this.#made = facts
    return facts
  }

  /** Removes the bucket with all that it holds. The owner's store has it all, and replicas drop nothing for it. */
  async destroy(): Promise<void> {
    const manager = await jetStreamManager(this.#connection())
    await manager.streams.delete(streamOf(this.name))
  }

  async read(key: string): Promise<BucketEntry | undefined> {
    const found = await this.#use(async (kv) => kv.get(key))
    if (found === null) return undefined
    return this.entryOf(found)
  }

  /** What arrives from that place in the stream on, deletions included; ends with the connection, or when it is stopped. */
  async follow(fromSeq: number): Promise<QueuedIterator<KvWatchEntry>> {
    return this.#use(async (kv) => kv.watch({ include: KvWatchInclude.UpdatesOnly, resumeFromRevision: fromSeq }))
  }

  /** Writes if the key still holds the message `expectedSeq` (0 = nothing); `false` when somebody else was faster. */
  async put(key: string, message: Uint8Array, expectedSeq: number): Promise<boolean> {
    return this.#use(async (kv) => {
      try {
        await kv.put(key, message, { previousSeq: expectedSeq })
        return true
      } catch (error) {
        if (isConflict(error)) return false
        throw error
      }
    })
  }

  async putMeta(meta: FeedMeta, expectedSeq: number): Promise<boolean> {
    return this.put(FEED_META_KEY, new TextEncoder().encode(JSON.stringify(meta)), expectedSeq)
  }

  /** Every key with what lies at it, `_meta` included. @throws BucketUnreadable, or FeedUnavailable when it ended early */
  async list(): Promise<Map<string, BucketEntry>> {
    const entries = new Map<string, BucketEntry>()
    const facts = await this.facts()
    if (facts === undefined) throw new FeedUnavailable('no_bucket', `there is no bucket ${this.name}`)
    if (facts.messages === 0) return entries
    const watch = await this.#use(async (kv) => kv.watch())
    let idle: NodeJS.Timeout | undefined
    const stopWhenIdle = (): void => {
      clearTimeout(idle)
      idle = setTimeout(() => {
        const isSilent = entries.size === 0
        watch.stop(
          isSilent ? new BucketUnreadable(this.name) : new FeedUnavailable('no_answer', `the listing of ${this.name} came to a standstill`),
        )
      }, LISTING_IDLE_MS)
    }
    try {
      stopWhenIdle()
      for await (const entry of watch) {
        stopWhenIdle()
        entries.set(entry.key, this.entryOf(entry))
        if (entry.delta === 0 || entry.revision >= facts.lastSeq) return entries
        if (entries.size % LISTED_A_TURN === 0) await nextTurn()
      }
    } finally {
      clearTimeout(idle)
      watch.stop()
    }
    throw new FeedUnavailable('no_answer', `the listing of ${this.name} ended early`)
  }

  /** Removes a key without a trace: replicas miss it in their count, list again, and confirm before they drop it. */
  async erase(key: string): Promise<void> {
    const manager = await jetStreamManager(this.#connection())
    await manager.streams.purge(streamOf(this.name), { filter: `$KV.${this.name}.${key}` })
  }

  /** What a message says, read as a replica reads it. */
  entryOf({ key, operation, revision, value }: KvEntry): BucketEntry {
    const nothing = { rev: 0, seq: revision, content: undefined }
    if (operation !== 'PUT') return nothing
    const text = new TextDecoder().decode(value)
    const reading = decodeFeedEntry(this.#kind, key, text)
    if (reading.ok) return { rev: reading.entry.rev, seq: revision, content: contentOf(reading.entry) }
    return reading.refusal.code === 'newer' ? { ...nothing, rev: feedFrameSchema.parse(parseJson(text)).rev } : nothing
  }

  #connection(): NatsConnection {
    const connection = this.#link.connection
    if (connection === undefined) throw new FeedUnavailable('no_connection', 'there is no connection to NATS')
    return connection
  }

  /**
   * Looks whether the bucket is there before its first use on a connection, and after each fault: a server answers a
   * direct get from a bucket that is not there with silence.
   */
  async #use<R>(work: (kv: KV) => Promise<R>): Promise<R> {
    const connection = this.#connection()
    if (this.#open?.connection !== connection) {
      if ((await this.facts()) === undefined) throw new FeedUnavailable('no_bucket', `there is no bucket ${this.name}`)
      const client = jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS })
      this.#open = { connection, kv: await new Kvm(client).open(this.name, { allow_direct: true }) }
    }
    try {
      return await work(this.#open.kv)
    } catch (error) {
      this.#open = undefined
      throw error
    }
  }
}

function isConflict(error: unknown): boolean {
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes
  return error instanceof JetStreamApiError && (error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown)
}
