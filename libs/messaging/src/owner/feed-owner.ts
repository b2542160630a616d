import { type FeedEntry, type FeedKind } from '@cambio/contracts'
import { type LeaseStore } from '@cambio/store'

import { FeedBucket } from '../feed/feed-bucket.js'
import { type FeedStepHook } from '../feed/feed-step.js'
import { type NatsLink } from '../link/nats-link.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { BucketGuard } from './bucket-guard.js'
import { BucketKeeper, type FactsListener, type KeeperTimes } from './bucket-keeper.js'
import { type ReconciliationCounts } from './bucket-reconciler.js'
import { FeedPublisher } from './feed-publisher.js'
import { feedEntryOf, type FeedSource } from './feed-source.js'
import { OutboxRelay, type OutboxStatus } from './outbox-relay.js'

const AHEAD = 'the bucket is ahead of a change'

export interface FeedOwnerOptions<K extends FeedKind, T> extends FeedSource<K, T> {
  readonly link: NatsLink
  readonly leases: LeaseStore
  readonly log: MessagingLog
  /** Copies of the bucket that a NATS cluster keeps: 1, 3 or 5. Default 1. */
  readonly bucketReplicas?: number
  readonly times?: Partial<KeeperTimes>
  /** Only tests set it. */
  readonly step?: FeedStepHook
}

export interface FeedOwnerStatus extends OutboxStatus {
  readonly kind: FeedKind
  readonly published: number
  readonly conflicts: number
  /** States published above a bucket that was ahead of the store, since the start. */
  readonly healed: number
  /** Messages overwritten whose revision was a forgery for certain, since the start. */
  readonly forged: number
  /** Messages that the store did not explain and that were put right as they arrived, since the start. */
  readonly putRight: number
  readonly reconciledAt: Date | undefined
  readonly lastReconciliation: ReconciliationCounts | undefined
}

/**
 * Publishes one kind of aggregate: the outbox of its collection by compare-and-set, and the whole collection again
 * whenever the bucket may have lost something. What others write there is put right as it arrives. Several processes of one service may own the same kind.
 *
 * Source: docs/architecture.md, Messages.
 */
export class FeedOwner<K extends FeedKind, T> {
  readonly kind: K
  readonly #options: FeedOwnerOptions<K, T>
  readonly #publisher: FeedPublisher<K, T>
  readonly #relay: OutboxRelay<K, T>
  readonly #keeper: BucketKeeper<K, T>
  readonly #guard: BucketGuard<K, T>
  #unlisten: (() => void) | undefined

  constructor(options: FeedOwnerOptions<K, T>) {
    const { kind, link, leases, log, step, times } = options
    this.kind = kind
    this.#options = options
    this.#publisher = new FeedPublisher(options, new FeedBucket(link, kind, options.bucketReplicas ?? 1), step)
    this.#relay = new OutboxRelay(this.#publisher, log, {
      onFault: () => {
        this.#keeper.lookSoon()
      },
      onAhead: () => {
        this.#keeper.reconcileSoon(AHEAD)
      },
    })
    this.#guard = new BucketGuard(this.#publisher, log, (reason) => {
      this.#keeper.reconcileSoon(reason)
    })
    const onLook: FactsListener = (facts) => {
      this.#guard.look(facts)
    }
    const keeperTimes = { checkIntervalMs: 5_000, reconcileIntervalMs: 300_000, ...times }
    this.#keeper = new BucketKeeper(this.#publisher, leases, log, keeperTimes, onLook, step)
  }

  /** Begins to publish in the background; NATS may be away. */
  start(): void {
    this.#unlisten ??= this.#options.link.onConnect(() => {
      this.#keeper.reconcileSoon('connected')
      this.#guard.followAnew()
      this.#relay.publishSoon()
    })
    this.#relay.start()
    this.#keeper.start()
    this.#guard.start()
  }

  /** Ends after what is under way. What still waits in the outbox stays there for the next start. */
  async stop(): Promise<void> {
    this.#unlisten?.()
    await Promise.all([this.#relay.stop(), this.#keeper.stop(), this.#guard.stop()])
  }

  /** Call after a write. Forgetting it only costs time: the outbox is looked at every second. */
  publishSoon(): void {
    this.#relay.publishSoon()
  }

  /**
   * Waits until that revision (or a newer one) is published, so that whoever wrote it finds it applied a moment later.
   * `false` after the deadline; the write stands all the same and is published as soon as NATS allows.
   */
  async settled(org: string, id: string, rev: number, { deadlineMs = 250 }: { readonly deadlineMs?: number } = {}): Promise<boolean> {
    return this.#relay.settled(org, id, rev, deadlineMs)
  }

  /**
   * The owner's own entry for a replica that missed it in the bucket, a tombstone included; `null` = never had, or
   * collected. The bucket is repaired on the way, since the question means that the entry is not there.
   *
   * @param held what the replica holds against the bucket: if the store never wrote it, the answer has a higher revision
   */
  async confirm(org: string, id: string, held?: { readonly rev: number; readonly content: string }): Promise<FeedEntry<unknown> | null> {
    const stored = await this.#options.collection.getAny(org, id)
    if (stored === undefined) return null
    const entry = held === undefined ? stored : await this.#publisher.outrun(stored, held)
    this.#publisher.publish(entry).then(
      (publication) => {
        if (publication === 'ahead') this.#keeper.reconcileSoon(AHEAD)
      },
      (error: unknown) => {
        this.#options.log.warn({ kind: this.kind, reason: reasonOf(error) }, 'a missing entry could not be put back')
      },
    )
    return feedEntryOf(this.#options, entry)
  }

  status(): FeedOwnerStatus {
    const { reconciledAt, last, problem } = this.#keeper.status()
    const outbox = this.#relay.status()
    return {
      kind: this.kind,
      ...this.#publisher.counts,
      ...outbox,
      putRight: this.#guard.putRight,
      problem: outbox.problem ?? problem,
      reconciledAt,
      lastReconciliation: last,
    }
  }
}
