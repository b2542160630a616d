import { setImmediate as nextTurn } from 'node:timers/promises'

import { FEED_META_KEY, feedMetaSchema } from '@cambio/contracts'
import { type KvWatchEntry } from '@nats-io/kv'

import { parseJson } from '../feed/feed-codec.js'
import { type StreamFacts } from '../feed/stream-facts.js'

/** The event loop is given back after this long, so that requests are answered while a large bucket is listed. */
const SLICE_MS = 8

/** What a follower tells of the bucket, in order; everything is synchronous. */
export interface BucketListener {
  /** A message at an aggregate's key. */
  message(key: string, bytes: Uint8Array): void
  /** The bucket is listed, and its owner says that it is complete: what is not among `present` is missing. Once a view. */
  listed(present: ReadonlySet<string>): void
  /** A key that was there is deleted or purged, which no owner does. */
  vanished(key: string): void
  /** A look at the stream found that all it holds has arrived. */
  verified(): void
}

/** Why a view of a bucket cannot be relied on any more and has to be made anew. */
export type Gap = 'made anew' | 'gone' | 'put back' | 'silent' | 'entries vanished' | 'consumer lost'

/** One listing of one stream with all that follows it, until there is a gap. Knows nothing of connections. */
export class BucketView {
  readonly #start: StreamFacts
  readonly #listener: BucketListener
  /** Keys that have a message, with whether it is a value and not a marker of a deletion. */
  readonly #present = new Map<string, boolean>()
  #receivedSeq = 0
  #receivedAtLastCheck = -1
  #isListed = false
  #isComplete = false
  #isAnnounced = false

  constructor(start: StreamFacts, listener: BucketListener) {
    this.#start = start
    this.#listener = listener
    if (start.messages === 0) this.#isListed = true
  }

  get isListed(): boolean {
    return this.#isListed
  }

  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The place of the newest message that arrived; 0 before the first. */
  get sequence(): number {
    return this.#receivedSeq
  }

  /** Messages of the stream that have not arrived. */
  lagBehind(facts: StreamFacts): number {
    return Math.max(0, facts.lastSeq - this.#caughtUpSeq)
  }

  /** Takes messages until the watch ends or `isOver` says that the view is given up. */
  async follow(watch: AsyncIterable<KvWatchEntry>, isOver: () => boolean): Promise<void> {
    let sliceBegan = performance.now()
    for await (const entry of watch) {
      if (isOver()) return
      this.receive(entry)
      if (performance.now() - sliceBegan > SLICE_MS) {
        await nextTurn()
        sliceBegan = performance.now()
      }
    }
  }

  receive({ key, value, operation, revision, delta }: Pick<KvWatchEntry, 'key' | 'value' | 'operation' | 'revision' | 'delta'>): void {
    const isValue = operation === 'PUT'
    this.#present.set(key, isValue)
    if (key === FEED_META_KEY) this.#isComplete = isValue && isCompleteMeta(value)
    else if (isValue) this.#listener.message(key, value)
    else if (this.#isAnnounced) this.#listener.vanished(key)
    this.#receivedSeq = Math.max(this.#receivedSeq, revision)
    if (delta === 0 || revision >= this.#start.lastSeq) this.#isListed = true
    this.#announce()
  }

  /** Compares with the stream's facts, asked for now. A watcher on a bucket that was wiped and made anew stays silent for ever. */
  check(facts: StreamFacts | undefined): Gap | undefined {
    if (facts === undefined) return 'gone'
    if (facts.created !== this.#start.created) return 'made anew'
    if (facts.lastSeq < Math.max(this.#start.lastSeq, this.#receivedAtLastCheck)) return 'put back'
    const wasSilent = this.#receivedAtLastCheck === this.#receivedSeq
    this.#receivedAtLastCheck = this.#receivedSeq
    if (!this.#isListed || this.lagBehind(facts) > 0) return wasSilent ? 'silent' : undefined
    // Facts may be older than the newest message: then the next check tells.
    if (this.#receivedSeq > facts.lastSeq) return undefined
    if (facts.messages < this.#present.size) return 'entries vanished'
    if (this.#isAnnounced) this.#listener.verified()
    return undefined
  }

  /** Once it is listed, all up to where the stream stood at the start has arrived or does not exist any more. */
  get #caughtUpSeq(): number {
    return this.#isListed ? Math.max(this.#receivedSeq, this.#start.lastSeq) : this.#receivedSeq
  }

  #announce(): void {
    if (this.#isAnnounced || !this.#isListed || !this.#isComplete) return
    this.#isAnnounced = true
    this.#listener.listed(new Set([...this.#present].filter(([, isValue]) => isValue).map(([key]) => key)))
  }
}

function isCompleteMeta(bytes: Uint8Array): boolean {
  const meta = feedMetaSchema.safeParse(parseJson(new TextDecoder().decode(bytes)))
  return meta.success && meta.data.complete
}
