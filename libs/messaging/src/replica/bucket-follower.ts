import { feedBucket, type FeedKind } from '@cambio/contracts'
import { jetstream } from '@nats-io/jetstream'
import { Kvm, type KvWatchEntry } from '@nats-io/kv'
import { type NatsConnection, type QueuedIterator } from '@nats-io/transport-node'

import { JETSTREAM_TIMEOUT_MS, jetStreamManager, streamFacts } from '../feed/stream-facts.js'
import { Wakeup } from '../feed/wakeup.js'
import { isConsumerLost } from '../feed/watch-consumer.js'
import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { type BucketListener, BucketView, type Gap } from './bucket-view.js'

const RETRY_MS = 1_000

/** One look in so many asks for the consumer too: every 30 s. */
const LOOKS_A_CONSUMER = 6

/** Where the follower is; `following` = the bucket is listed and its changes arrive. */
export type FollowerPhase = 'no connection' | 'no bucket' | 'listing' | 'incomplete' | 'following'

export interface FollowerStatus {
  readonly phase: FollowerPhase
  /** Messages of the bucket that had not arrived at the last look. */
  readonly lag: number
  /** The place in the stream up to which messages arrived, kept while nothing is followed. */
  readonly sequence: number | undefined
  /** Listings since the start. */
  readonly listings: number
}

export interface BucketFollowerOptions {
  readonly link: NatsLink
  readonly kind: FeedKind
  /** How often the stream's facts are compared. */
  readonly pollIntervalMs: number
  readonly listener: BucketListener
  readonly log: MessagingLog
}

/** Follows a bucket through everything that can happen to it: each gap ends in a new listing. */
export class BucketFollower {
  readonly #options: BucketFollowerOptions
  readonly #bucket: string
  readonly #wakeup = new Wakeup()
  #view: BucketView | undefined
  #phase: 'no connection' | 'no bucket' | 'view' = 'no connection'
  #watch: QueuedIterator<KvWatchEntry> | undefined
  #unlisten: (() => void) | undefined
  #running: Promise<void> | undefined
  /** One more at each connection: what was begun on the one before is not relied on. */
  #turn = 0
  #lag = 0
  #sequence: number | undefined
  #listings = 0
  #stopped = false
  #problem: string | undefined

  constructor(options: BucketFollowerOptions) {
    this.#options = options
    this.#bucket = feedBucket(options.kind)
  }

  start(): void {
    // A connection that was away may have lost messages, and the server its consumers.
    this.#unlisten ??= this.#options.link.onConnect(() => {
      this.listAgain()
    })
    this.#running ??= this.#run()
  }

  /** Gives up what was begun, and lists the bucket anew at once. */
  listAgain(): void {
    this.#turn += 1
    this.#endView()
    this.#wakeup.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unlisten?.()
    this.#endView()
    this.#wakeup.wake()
    await this.#running
  }

  status(): FollowerStatus {
    const seen = this.#view?.sequence ?? 0
    if (seen > 0) this.#sequence = seen
    return { phase: this.#currentPhase(), lag: this.#lag, sequence: this.#sequence, listings: this.#listings }
  }

  #currentPhase(): FollowerPhase {
    if (this.#options.link.connection === undefined) return 'no connection'
    if (this.#phase !== 'view') return this.#phase
    if (this.#view?.isListed !== true) return 'listing'
    return this.#view.isComplete ? 'following' : 'incomplete'
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      const waitMs = await this.#followOnce()
      if (waitMs > 0 && !this.#isStopped()) await this.#wakeup.wait(waitMs)
    }
  }

  #isStopped(): boolean {
    return this.#stopped
  }

  /** One view from its listing to its gap; gives the pause before the next. */
  async #followOnce(): Promise<number> {
    const connection = this.#options.link.connection
    if (connection === undefined) {
      this.#phase = 'no connection'
      return this.#options.pollIntervalMs
    }
    try {
      const turn = this.#turn
      const facts = await streamFacts(await jetStreamManager(connection), this.#bucket)
      if (facts === undefined) {
        this.#phase = 'no bucket'
        return Math.min(RETRY_MS, this.#options.pollIntervalMs)
      }
      const kv = await new Kvm(jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS })).open(this.#bucket)
      this.#watch = await kv.watch()
      if (turn !== this.#turn || this.#isStopped()) return 0
      const view = new BucketView(facts, this.#options.listener)
      this.#view = view
      this.#phase = 'view'
      this.#listings += 1
      this.#lag = facts.lastSeq
      await this.#live(connection, view, this.#watch)
      // A watch that ends by itself (a permission was taken away) is not made anew in a tight loop.
      return this.#view === view ? RETRY_MS : 0
    } catch (error) {
      this.#looked(error)
      return RETRY_MS
    } finally {
      this.#endView()
    }
  }

  async #live(connection: NatsConnection, view: BucketView, watch: QueuedIterator<KvWatchEntry>): Promise<void> {
    const { pollIntervalMs, link } = this.#options
    const manager = await jetStreamManager(connection)
    let checking = false
    let looks = 0
    const check = async (): Promise<void> => {
      looks += 1
      const facts = await streamFacts(manager, this.#bucket)
      const isLost = facts !== undefined && looks % LOOKS_A_CONSUMER === 0 && (await isConsumerLost(watch))
      if (this.#view !== view) return
      const gap = isLost ? 'consumer lost' : view.check(facts)
      this.#lag = facts === undefined ? 0 : view.lagBehind(facts)
      this.#looked()
      if (gap !== undefined) this.#gap(gap)
    }
    const timer = setInterval(() => {
      if (checking || link.connection === undefined) return
      checking = true
      check()
        .catch((error: unknown) => {
          this.#looked(error)
        })
        .finally(() => {
          checking = false
        })
    }, pollIntervalMs)
    try {
      await view.follow(watch, () => this.#view !== view)
    } finally {
      clearInterval(timer)
    }
  }

  /** A server that answers and cannot tell is said once: JetStream without a leader, a permission that is missing. */
  #looked(error?: unknown): void {
    const { kind, log } = this.#options
    const problem = error === undefined ? undefined : reasonOf(error)
    if (problem === this.#problem) return
    this.#problem = problem
    if (problem === undefined) log.info({ kind }, 'the bucket can be followed again')
    else log.warn({ kind, reason: problem }, 'the bucket cannot be followed')
  }

  #gap(gap: Gap): void {
    this.#options.log.warn({ kind: this.#options.kind, gap }, 'the bucket is listed again')
    this.#endView()
  }

  #endView(): void {
    this.#watch?.stop()
    this.#watch = undefined
    this.#view = undefined
  }
}
