import { feedKey, type FeedKind } from '@cambio/contracts'
import { type StoredEntry } from '@cambio/store'

import { UnpublishableEntry } from '../feed/feed-codec.js'
import { Wakeup } from '../feed/wakeup.js'
import { type MessagingLog, reasonOf } from '../message-log.js'
import { type FeedPublisher } from './feed-publisher.js'
import { Outage, type OwnerProblem } from './owner-problem.js'
import { SettledWaiters } from './settled-waiters.js'

/** Entries of one pass, and how many of them are published at once. */
const BATCH = 200
const PARALLEL = 16

/** The store's outbox is looked at this often without being told: another replica may have died between its write and its publishing. */
const POLL_MS = 1_000

const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 5_000

export interface OutboxStatus {
  /** Age of the oldest change that waits to be published, 0 = none: what an alert watches. */
  readonly oldestUnpublishedSeconds: number
  /** Entries that can never be published as they are. */
  readonly stuck: number
  /** Why what waits cannot be published now. */
  readonly problem: OwnerProblem | undefined
}

export interface RelayListener {
  /** Publishing failed and is going to be tried again. */
  onFault(): void
  /** The bucket is ahead of an entry, which waits until that is healed. */
  onAhead(): void
}

/** Moves what waits in the store's outbox to the bucket, as long as it takes. */
export class OutboxRelay<K extends FeedKind, T> {
  readonly #publisher: FeedPublisher<K, T>
  readonly #log: MessagingLog
  readonly #listener: RelayListener
  readonly #outage: Outage
  readonly #wakeup = new Wakeup()
  readonly #waiters: SettledWaiters
  readonly #stuck = new Map<string, number>()
  #oldestUnpublishedAt: Date | undefined
  #stopped = false
  #running: Promise<void> | undefined

  constructor(publisher: FeedPublisher<K, T>, log: MessagingLog, listener: RelayListener) {
    this.#publisher = publisher
    this.#log = log
    this.#listener = listener
    this.#outage = new Outage(publisher.source.kind, log, { begins: 'changes wait in the outbox', ends: 'publishing goes on' })
    this.#waiters = new SettledWaiters(publisher.source.collection)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wakeup.wake()
    await this.#running
    this.#waiters.giveUp()
  }

  /** Tells that the store has something new. */
  publishSoon(): void {
    this.#wakeup.wake()
  }

  /** See `FeedOwner.settled`. */
  async settled(org: string, id: string, rev: number, deadlineMs: number): Promise<boolean> {
    const settled = this.#waiters.wait(org, id, rev, deadlineMs)
    this.publishSoon()
    return settled
  }

  status(): OutboxStatus {
    const since = this.#oldestUnpublishedAt
    return {
      oldestUnpublishedSeconds: since === undefined ? 0 : Math.max(0, (Date.now() - since.getTime()) / 1_000),
      stuck: this.#stuck.size,
      problem: this.#outage.problem,
    }
  }

  async #run(): Promise<void> {
    let backoffMs = 0
    while (!this.#stopped) {
      try {
        const hasMore = await this.#pass()
        this.#outage.works()
        backoffMs = 0
        if (hasMore) continue
      } catch (error) {
        this.#outage.failed(error)
        this.#listener.onFault()
        backoffMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_MIN_MS, backoffMs * 2))
      }
      await this.#wakeup.wait(backoffMs === 0 ? POLL_MS : backoffMs)
    }
  }

  async #pass(): Promise<boolean> {
    const limit = Math.min(1_000, BATCH + this.#stuck.size)
    const entries = await this.#publisher.source.collection.unpublished(limit)
    this.#oldestUnpublishedAt = entries[0]?.updatedAt
    const due = entries.filter((entry) => !this.#isStuck(entry))
    const waiting = new Set<StoredEntry<T>>(entries.filter((entry) => this.#isStuck(entry)))
    for (let from = 0; from < due.length && !this.#stopped; from += PARALLEL) {
      const batch = due.slice(from, from + PARALLEL)
      const results = await Promise.allSettled(batch.map(async (entry) => this.#publish(entry)))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      for (const [index, entry] of batch.entries()) {
        const result = results[index]
        if (result?.status === 'fulfilled' && !result.value) waiting.add(entry)
      }
    }
    this.#oldestUnpublishedAt = entries.find((entry) => waiting.has(entry))?.updatedAt
    await this.#waiters.checkStore()
    return due.length > 0 && entries.length === limit && waiting.size < limit
  }

  #isStuck({ org, id, rev }: StoredEntry<T>): boolean {
    return this.#stuck.get(feedKey(org, id)) === rev
  }

  /** `false` = it waits: the bucket is ahead of it, or it cannot be published as it is. */
  async #publish(entry: StoredEntry<T>): Promise<boolean> {
    const key = feedKey(entry.org, entry.id)
    try {
      if ((await this.#publisher.publish(entry)) === 'ahead') {
        this.#listener.onAhead()
        return false
      }
      this.#stuck.delete(key)
      this.#waiters.published(entry.org, entry.id, entry.rev)
      return true
    } catch (error) {
      if (!(error instanceof UnpublishableEntry) && !(error instanceof TypeError)) throw error
      this.#stuck.set(key, entry.rev)
      this.#log.error({ kind: this.#publisher.source.kind, key, rev: entry.rev, reason: reasonOf(error) }, 'a change cannot be published')
      return false
    }
  }
}
