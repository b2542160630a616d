import { FEED_META_KEY, feedBucket, feedFrameSchema, type FeedKind, type FeedMeta } from '@cambio/contracts'
import { jetstream, JetStreamApiCodes, JetStreamApiError, StorageType } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { type NatsConnection } from '@nats-io/transport-node'

import { type NatsLink } from '../link/nats-link.js'
import { FEED_MESSAGE_MAX_BYTES, parseJson } from './feed-codec.js'
import { JETSTREAM_TIMEOUT_MS, jetStreamManager, type StreamFacts, streamFacts, streamOf } from './stream-facts.js'

/** There is no connection to NATS, or the bucket cannot be used now. The outbox keeps what could not be published. */
export class FeedUnavailable extends Error {
  readonly code = 'feed_unavailable'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FeedUnavailable'
  }
}

/** What lies at a key: the aggregate's revision (0 when nobody could read the message) and the message's place in the stream. */
export interface BucketEntry {
  readonly rev: number
  readonly seq: number
}

/** NATS counts the headers of a message too. */
const HEADERS_MAX_BYTES = 1_024

/** Silence after which a listing is given up. */
const LISTING_IDLE_MS = 10_000

/** The owner's side of one bucket. Reads go to the leader, since what is read here is compared and then overwritten. */
export class FeedBucket {
  readonly name: string
  readonly #link: NatsLink
  readonly #replicas: number
  #open: { readonly connection: NatsConnection; readonly kv: KV } | undefined

  /** @param replicas copies that a NATS cluster keeps; applies when the bucket is made */
  constructor(link: NatsLink, kind: FeedKind, replicas: number) {
    this.name = feedBucket(kind)
    this.#link = link
    this.#replicas = replicas
  }

  /** Makes the bucket if it is not there, and tells its facts. @throws FeedUnavailable without a connection */
  async facts(): Promise<StreamFacts> {
    const connection = this.#connection()
    const manager = await jetStreamManager(connection)
    const facts = await streamFacts(manager, this.name)
    if (facts !== undefined) return facts
    this.#open = { connection, kv: await this.#create(connection) }
    const made = await streamFacts(manager, this.name)
    if (made === undefined) throw new FeedUnavailable(`the bucket ${this.name} vanished while it was made`)
    return made
  }

  async read(key: string): Promise<BucketEntry | undefined> {
    const found = await (await this.#kv()).get(key)
    if (found === null) return undefined
    return { rev: found.operation === 'PUT' ? revisionIn(found.string()) : 0, seq: found.revision }
  }

  /** Writes if the key still holds the message `expectedSeq` (0 = nothing); `false` when somebody else was faster. */
  async put(key: string, message: Uint8Array, expectedSeq: number): Promise<boolean> {
    try {
      await (await this.#kv()).put(key, message, { previousSeq: expectedSeq })
      return true
    } catch (error) {
      const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes
      if (error instanceof JetStreamApiError && [StreamWrongLastSequence, StreamWrongLastSequenceUnknown].includes(error.code as 10071)) {
        return false
      }
      // The next use looks again whether the bucket is there.
      this.#open = undefined
      throw error
    }
  }

  async putMeta(meta: FeedMeta, expectedSeq: number): Promise<boolean> {
    return this.put(FEED_META_KEY, new TextEncoder().encode(JSON.stringify(meta)), expectedSeq)
  }

  /** Every key with what lies at it, `_meta` included. */
  async list(): Promise<Map<string, BucketEntry>> {
    const entries = new Map<string, BucketEntry>()
    const { messages, lastSeq } = await this.facts()
    if (messages === 0) return entries
    const watch = await (await this.#kv()).watch()
    let idle: NodeJS.Timeout | undefined
    const stopWhenIdle = (): void => {
      clearTimeout(idle)
      idle = setTimeout(() => {
        watch.stop(new FeedUnavailable(`the listing of ${this.name} came to a standstill`))
      }, LISTING_IDLE_MS)
    }
    try {
      stopWhenIdle()
      for await (const { key, operation, revision, delta, value } of watch) {
        stopWhenIdle()
        const rev = operation === 'PUT' && key !== FEED_META_KEY ? revisionIn(new TextDecoder().decode(value)) : 0
        entries.set(key, { rev, seq: revision })
        if (delta === 0 || revision >= lastSeq) return entries
      }
    } finally {
      clearTimeout(idle)
      watch.stop()
    }
    throw new FeedUnavailable(`the listing of ${this.name} ended early`)
  }

  /** Removes a key without a trace: replicas miss it in their count, list again, and confirm before they drop it. */
  async erase(key: string): Promise<void> {
    const manager = await jetStreamManager(this.#connection())
    await manager.streams.purge(streamOf(this.name), { filter: `$KV.${this.name}.${key}` })
  }

  #connection(): NatsConnection {
    const connection = this.#link.connection
    if (connection === undefined) throw new FeedUnavailable('there is no connection to NATS')
    return connection
  }

  async #kv(): Promise<KV> {
    const connection = this.#connection()
    if (this.#open?.connection !== connection) this.#open = { connection, kv: await this.#create(connection) }
    return this.#open.kv
  }

  async #create(connection: NatsConnection): Promise<KV> {
    return new Kvm(jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS })).create(this.name, {
      history: 1,
      storage: StorageType.File,
      replicas: this.#replicas,
      // A larger message could only be forged.
      maxValueSize: FEED_MESSAGE_MAX_BYTES + HEADERS_MAX_BYTES,
      allow_direct: false,
    })
  }
}

/** A message that nobody can read counts as older than everything, so that its owner overwrites it. */
function revisionIn(text: string): number {
  const frame = feedFrameSchema.safeParse(parseJson(text))
  return frame.success ? frame.data.rev : 0
}
