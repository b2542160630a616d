import { randomUUID } from 'node:crypto'

import { type FeedKind } from '@cambio/contracts'
import { type LeaseStore } from '@cambio/store'

import { BucketUnreadable } from '../feed/feed-bucket.js'
import { type FeedStepHook } from '../feed/feed-step.js'
import { type StreamFacts } from '../feed/stream-facts.js'
import { Wakeup } from '../feed/wakeup.js'
import { type MessagingLog } from '../message-log.js'
import { reconcileBucket, type ReconciliationCounts } from './bucket-reconciler.js'
import { bucketSuspicion } from './bucket-suspicion.js'
import { type FeedPublisher } from './feed-publisher.js'
import { Outage, type OwnerProblem } from './owner-problem.js'

const LEASE_SECONDS = 15

/** While a comparison is due and cannot be made yet (NATS away, another has the lease). */
const RETRY_MS = 1_000

/** Comparisons in a row that got nothing out of a bucket that holds something. */
const UNREADABLE_LIMIT = 2

export interface KeeperTimes {
  /** How often the bucket's facts are looked at. Default 5,000. */
  readonly checkIntervalMs: number
  /** How often store and bucket are compared without a reason. Default 300,000. */
  readonly reconcileIntervalMs: number
}

/** Who else wants to know what the bucket's facts are at each look; `undefined` = there is no bucket. */
export type FactsListener = (facts: StreamFacts | undefined) => void

export interface KeeperStatus {
  readonly reconciledAt: Date | undefined
  readonly last: ReconciliationCounts | undefined
  readonly problem: OwnerProblem | undefined
}

/** Notices when the bucket may no longer agree with the store, and has one of the owner's replicas compare them. */
export class BucketKeeper<K extends FeedKind, T> {
  readonly #publisher: FeedPublisher<K, T>
  readonly #leases: LeaseStore
  readonly #log: MessagingLog
  readonly #times: KeeperTimes
  readonly #onLook: FactsListener
  readonly #step: FeedStepHook | undefined
  readonly #holder = randomUUID()
  readonly #outage: Outage
  readonly #wakeup = new Wakeup()
  #wanted: string | undefined = 'start'
  #known: StreamFacts | undefined
  #reconciledAt: Date | undefined
  #last: ReconciliationCounts | undefined
  #unreadable = 0
  #stopped = false
  #running: Promise<void> | undefined

  constructor(
    publisher: FeedPublisher<K, T>,
    leases: LeaseStore,
    log: MessagingLog,
    times: KeeperTimes,
    onLook: FactsListener,
    step?: FeedStepHook,
  ) {
    this.#publisher = publisher
    this.#leases = leases
    this.#log = log
    this.#outage = new Outage(publisher.source.kind, log, {
      begins: 'store and bucket could not be compared',
      ends: 'store and bucket can be compared again',
    })
    this.#times = times
    this.#onLook = onLook
    this.#step = step
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wakeup.wake()
    await this.#running
  }

  /** Asks for a comparison: NATS may have come back without its data. */
  reconcileSoon(reason: string): void {
    this.#wanted = reason
    this.#wakeup.wake()
  }

  /** Looks at the bucket now: publishing met a fault, so that it may be gone. */
  lookSoon(): void {
    this.#wakeup.wake()
  }

  /** When this process last finished a comparison, what it found, and why there is none now. */
  status(): KeeperStatus {
    return { reconciledAt: this.#reconciledAt, last: this.#last, problem: this.#outage.problem }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#tick()
        // While a comparison is still due, another replica makes it, and nothing is known of how it went.
        if (this.#wanted === undefined) this.#outage.works()
      } catch (error) {
        this.#outage.failed(error)
      }
      if (!this.#isStopped()) await this.#wakeup.wait(this.#wanted === undefined ? this.#times.checkIntervalMs : RETRY_MS)
    }
  }

  /** Read anew after an await: `stop` may have come in between. */
  #isStopped(): boolean {
    return this.#stopped
  }

  async #tick(): Promise<void> {
    const facts = await this.#publisher.bucket.facts()
    this.#onLook(facts)
    const reason = (this.#wanted ??= facts === undefined ? 'there is no bucket' : this.#whyNow(facts))
    if (reason === undefined) {
      this.#known = facts
      return
    }
    const lease = `feed-${this.#publisher.source.kind}`
    if ((await this.#leases.acquire(lease, this.#holder, LEASE_SECONDS)) === undefined) return
    try {
      await this.#reconcile(reason, async () => (await this.#leases.renew(lease, this.#holder, LEASE_SECONDS)) !== undefined)
    } finally {
      await this.#leases.release(lease, this.#holder)
    }
  }

  async #reconcile(reason: string, keepLease: () => Promise<boolean>): Promise<void> {
    this.#wanted = undefined
    const { forged } = this.#publisher.counts
    try {
      this.#last = await reconcileBucket(this.#publisher, async () => !this.#stopped && (await keepLease()), this.#step)
    } catch (error) {
      this.#wanted = reason
      if (error instanceof BucketUnreadable) await this.#isUnreadable()
      throw error
    }
    this.#unreadable = 0
    this.#reconciledAt = new Date()
    this.#known = await this.#publisher.bucket.facts()
    const fields = { kind: this.#publisher.source.kind, cause: reason, ...this.#last }
    if (this.#last.ahead > 0) this.#log.error(fields, 'the bucket was ahead of the store, whose state is published above it')
    if (this.#publisher.counts.forged > forged) this.#log.error(fields, 'the bucket held forged revisions, which are overwritten')
    if (this.#last.repaired + this.#last.erased > 0) this.#log.info(fields, 'the bucket is repaired')
  }

  /** A bucket that delivers nothing twice in a row is made anew from the store at the next turn. */
  async #isUnreadable(): Promise<void> {
    this.#unreadable += 1
    if (this.#unreadable < UNREADABLE_LIMIT) return
    this.#unreadable = 0
    this.#log.error({ kind: this.#publisher.source.kind }, 'the bucket delivers nothing and is made anew')
    await this.#publisher.bucket.destroy()
  }

  #whyNow(facts: StreamFacts): string | undefined {
    const suspicion = this.#known === undefined ? undefined : bucketSuspicion(this.#known, facts)
    const idleMs = Date.now() - (this.#reconciledAt?.getTime() ?? 0)
    return suspicion ?? (idleMs >= this.#times.reconcileIntervalMs ? 'interval' : undefined)
  }
}
