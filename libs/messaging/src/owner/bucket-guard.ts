import { FEED_META_KEY, type FeedKind } from '@cambio/contracts'
import { type KvEntry, type KvWatchEntry } from '@nats-io/kv'
import { type QueuedIterator } from '@nats-io/transport-node'

import { FeedUnavailable } from '../feed/feed-bucket.js'
import { type StreamFacts } from '../feed/stream-facts.js'
import { Wakeup } from '../feed/wakeup.js'
import { type MessagingLog } from '../message-log.js'
import { type FeedPublisher } from './feed-publisher.js'
import { type Checked, GuardQueue } from './guard-queue.js'
import { isOwnersMeta, judgeMessage } from './message-judge.js'
import { Outage } from './owner-problem.js'

/** While the bucket cannot be followed. */
const RETRY_MS = 1_000

/** A watch that lets so much time pass with messages outstanding has lost its consumer. */
const SILENT_MS = 1_000

/** A flood is not told message by message. */
const LOG_PAUSE_MS = 10_000

/** How far one stream was followed. */
interface Position {
  readonly created: string
  seq: number
}

/**
 * Follows what is new in the owner's own bucket, and has put right at once what its store does not explain: whoever else writes there is
 * believed for a moment and no longer. What lay there before is the comparison's to find.
 */
export class BucketGuard<K extends FeedKind, T> {
  readonly #publisher: FeedPublisher<K, T>
  readonly #log: MessagingLog
  readonly #queue: GuardQueue
  readonly #outage: Outage
  readonly #wakeup = new Wakeup()
  #watch: QueuedIterator<KvWatchEntry> | undefined
  #position: Position | undefined
  /** What the stream held when it was last begun to be followed, and when somebody last looked. */
  #openedAt = 0
  #lookedAt = 0
  #behindSince: number | undefined
  /** One more whenever what was begun is not relied on any more. */
  #turn = 0
  #putRight = 0
  #saidAt = Number.NEGATIVE_INFINITY
  #stopped = false
  #running: Promise<void> | undefined

  /** @param onMissed messages arrived that were not judged: a comparison has to tell */
  constructor(publisher: FeedPublisher<K, T>, log: MessagingLog, onMissed: (reason: string) => void) {
    this.#publisher = publisher
    this.#log = log
    this.#queue = new GuardQueue({ check: async (entry) => this.#check(entry), onMissed })
    this.#outage = new Outage(publisher.source.kind, log, {
      begins: 'what others write to the bucket cannot be followed',
      ends: 'what others write to the bucket is followed again',
    })
  }

  /** Messages that the store did not explain and that were put right as they arrived, since the start. */
  get putRight(): number {
    return this.#putRight
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.followAnew()
    await this.#running
    await this.#queue.stop()
  }

  /** Gives up the watch and makes another, which begins where this one ended: a connection that was away may have lost messages. */
  followAnew(): void {
    this.#turn += 1
    this.#watch?.stop()
    this.#wakeup.wake()
  }

  /** Compares with the bucket's facts, asked for now: a watch does not tell that its stream was made anew or its consumer is lost. */
  look(facts: StreamFacts | undefined): void {
    if (this.#watch === undefined || this.#position === undefined) {
      if (facts !== undefined) this.#wakeup.wake()
      return
    }
    const isAnother = facts?.created !== this.#position.created || facts.lastSeq < this.#lookedAt
    if (facts !== undefined) this.#lookedAt = facts.lastSeq
    if (isAnother) this.followAnew()
    else if (this.#isSilent(facts)) {
      this.#log.warn({ kind: this.#publisher.source.kind }, 'messages of the bucket do not arrive at its owner, which follows it anew')
      this.followAnew()
    }
  }

  #isSilent({ lastSeq }: StreamFacts): boolean {
    const isBehind = lastSeq > Math.max(this.#position?.seq ?? 0, this.#openedAt)
    if (!isBehind) this.#behindSince = undefined
    else this.#behindSince ??= performance.now()
    return this.#behindSince !== undefined && performance.now() - this.#behindSince >= SILENT_MS
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#followOnce()
        this.#outage.works()
      } catch (error) {
        // The comparison says what keeps it from its bucket; this is for what keeps only the guard from it.
        if (!(error instanceof FeedUnavailable)) this.#outage.failed(error)
      }
      if (!this.#isStopped()) await this.#wakeup.wait(RETRY_MS)
    }
  }

  /** Read anew after an await: `stop` may have come in between. */
  #isStopped(): boolean {
    return this.#stopped
  }

  async #followOnce(): Promise<void> {
    const { bucket } = this.#publisher
    const turn = this.#turn
    const facts = await bucket.facts()
    if (facts === undefined) return
    const position = this.#positionIn(facts)
    const watch = await bucket.follow(position.seq + 1)
    this.#behindSince = undefined
    this.#openedAt = facts.lastSeq
    this.#lookedAt = facts.lastSeq
    this.#position = position
    this.#watch = watch
    try {
      if (turn !== this.#turn) return
      this.#outage.works()
      for await (const entry of watch) {
        position.seq = entry.revision
        this.#behindSince = undefined
        this.#queue.offer(entry)
      }
    } finally {
      this.#watch = undefined
      watch.stop()
    }
  }

  /** Where to go on: behind what arrived, or behind what a comparison is certain to have in its list. */
  #positionIn({ created, lastSeq }: StreamFacts): Position {
    const known = this.#position
    if (known?.created === created && known.seq <= lastSeq) return { ...known }
    const { made } = this.#publisher.bucket
    return { created, seq: made?.created === created ? Math.min(made.lastSeq, lastSeq) : lastSeq }
  }

  async #check(entry: KvEntry): Promise<Checked> {
    const { key } = entry
    if (key === FEED_META_KEY) {
      if (isOwnersMeta(entry)) return 'explained'
      this.#say({ key })
      return 'compare'
    }
    const verdict = await judgeMessage(this.#publisher, key, this.#publisher.bucket.entryOf(entry))
    if (verdict === 'explained') return 'explained'
    this.#putRight += 1
    this.#say({ key, verdict })
    return 'put right'
  }

  #say(fields: object): void {
    const now = performance.now()
    if (now - this.#saidAt < LOG_PAUSE_MS) return
    this.#saidAt = now
    const { kind } = this.#publisher.source
    this.#log.error({ kind, ...fields, putRight: this.#putRight }, 'the bucket held what its owner never wrote, which is put right')
  }
}
