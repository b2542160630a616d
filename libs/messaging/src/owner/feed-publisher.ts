import { setTimeout as delay } from 'node:timers/promises'

import { feedKey, type FeedKind } from '@cambio/contracts'
import { type StoredEntry } from '@cambio/store'

import { FeedUnavailable, type FeedBucket } from '../feed/feed-bucket.js'
import { encodeFeedEntry } from '../feed/feed-codec.js'
import { type FeedStepHook } from '../feed/feed-step.js'
import { feedEntryOf, type FeedSource } from './feed-source.js'

/** Attempts before a key counts as contended; each lost race means that another relay has moved on. */
const MAX_ATTEMPTS = 20

/**
 * Puts one stored entry into the bucket, by compare-and-set: a relay that was stalled with an old revision, or that
 * races with another, can never put an old state back.
 */
export class FeedPublisher<K extends FeedKind, T> {
  readonly source: FeedSource<K, T>
  readonly bucket: FeedBucket
  readonly #step: FeedStepHook | undefined
  #published = 0
  #conflicts = 0

  constructor(source: FeedSource<K, T>, bucket: FeedBucket, step?: FeedStepHook) {
    this.source = source
    this.bucket = bucket
    this.#step = step
  }

  /** Messages written and races lost since the start. */
  get counts(): { readonly published: number; readonly conflicts: number } {
    return { published: this.#published, conflicts: this.#conflicts }
  }

  /**
   * Publishes the entry unless the bucket holds the same or a newer revision, then marks it in the store.
   *
   * @throws UnpublishableEntry when it can never be published; FeedUnavailable or an error of NATS or the store to try again
   */
  async publish(stored: StoredEntry<T>): Promise<void> {
    const { org, id, rev } = stored
    const key = feedKey(org, id)
    const message = encodeFeedEntry(this.source.kind, feedEntryOf(this.source, stored))
    for (let attempt = 1; !(await this.#offer(key, rev, message)); attempt += 1) {
      this.#conflicts += 1
      if (attempt === MAX_ATTEMPTS) throw new FeedUnavailable(`${key} in ${this.bucket.name} is contended`)
      // What was read may have been a moment old.
      await delay(attempt)
    }
    if (stored.publishedRev >= rev) return
    await this.source.collection.markPublished(org, id, rev)
    await this.#step?.('publish.marked')
  }

  /** One attempt; `true` when the bucket then holds this revision or a newer one. */
  async #offer(key: string, rev: number, message: Uint8Array): Promise<boolean> {
    const there = await this.bucket.read(key)
    await this.#step?.('publish.read')
    if (there !== undefined && there.rev >= rev) return true
    if (!(await this.bucket.put(key, message, there?.seq ?? 0))) return false
    this.#published += 1
    await this.#step?.('publish.put')
    return true
  }
}
