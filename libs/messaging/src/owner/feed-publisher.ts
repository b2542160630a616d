import { setTimeout as delay } from 'node:timers/promises'

import { FEED_REV_LEAP_MAX, feedKey, type FeedKind } from '@cambio/contracts'
import { SchemaTooNew, type StoredEntry, UnreadableDocument } from '@cambio/store'

import { type BucketEntry, FeedUnavailable, type FeedBucket } from '../feed/feed-bucket.js'
import { type EncodedEntry, encodeFeedEntry } from '../feed/feed-codec.js'
import { type FeedStepHook } from '../feed/feed-step.js'
import { feedEntryOf, type FeedSource } from './feed-source.js'

/** Attempts before a key counts as contended; each lost race means that another relay has moved on. */
const MAX_ATTEMPTS = 20

/**
 * What became of an entry: `put` = written; `there` = the bucket held it, or a newer state of the same store; `ahead` = the bucket
 * holds what this store never wrote, under a revision that replicas take for newer. Then only a higher revision helps (`heal`).
 */
export type Publication = 'put' | 'there' | 'ahead'

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
  #healed = 0
  #forged = 0

  constructor(source: FeedSource<K, T>, bucket: FeedBucket, step?: FeedStepHook) {
    this.source = source
    this.bucket = bucket
    this.#step = step
  }

  /** Since the start: messages written, races lost, states put above a bucket that was ahead, forged revisions overwritten. */
  get counts(): { readonly published: number; readonly conflicts: number; readonly healed: number; readonly forged: number } {
    return { published: this.#published, conflicts: this.#conflicts, healed: this.#healed, forged: this.#forged }
  }

  /**
   * Publishes the entry unless the bucket holds the same or a newer state, then marks it in the store; an entry that the bucket is
   * ahead of stays unmarked.
   *
   * @throws UnpublishableEntry when it can never be published; FeedUnavailable or an error of NATS or the store to try again
   */
  async publish(stored: StoredEntry<T>): Promise<Publication> {
    const key = feedKey(stored.org, stored.id)
    const message = encodeFeedEntry(this.source.kind, feedEntryOf(this.source, stored))
    let publication = await this.#offer(key, stored, message)
    for (let attempt = 1; publication === 'conflict'; attempt += 1) {
      this.#conflicts += 1
      if (attempt === MAX_ATTEMPTS) throw new FeedUnavailable('contended', `${key} in ${this.bucket.name} is contended`)
      // What was read may have been a moment old.
      await delay(attempt)
      publication = await this.#offer(key, stored, message)
    }
    if (publication === 'ahead' || stored.publishedRev >= stored.rev) return publication
    await this.source.collection.markPublished(stored.org, stored.id, stored.rev)
    await this.#step?.('publish.marked')
    return publication
  }

  /** Publishes the store's own state above what lies in a bucket that is ahead of it: replicas take nothing lower. */
  async heal(stored: StoredEntry<T>): Promise<void> {
    const there = await this.bucket.read(feedKey(stored.org, stored.id))
    await this.#step?.('heal.read')
    if (there !== undefined) await this.publish(await this.outrun(stored, there))
  }

  /**
   * The entry as it has to be published, when somebody holds something else under its revision or a higher one: with a revision above
   * that. Correct when two do it at once, as the store's revision is raised by compare-and-set; who loses gets the winner's entry. A leap is not
   * followed: nobody has believed it.
   */
  async outrun(stored: StoredEntry<T>, other: { readonly rev: number; readonly content: string | undefined }): Promise<StoredEntry<T>> {
    const { org, id, rev } = stored
    if (other.rev < rev || this.says(stored, other) || other.rev - rev > FEED_REV_LEAP_MAX) return stored
    const advanced = await this.source.collection.advance(org, id, rev, other.rev)
    if (!advanced.ok) return (await this.source.collection.getAny(org, id)) ?? stored
    this.#healed += 1
    await this.#step?.('heal.advanced')
    return advanced.value
  }

  /** Whether somebody holds what the entry says. @throws UnpublishableEntry */
  says(stored: StoredEntry<T>, there: Pick<BucketEntry, 'rev' | 'content'>): boolean {
    if (there.rev !== stored.rev) return false
    // Of the same revision and of a newer version: that version's owner wrote it from the same document.
    return there.content === undefined || there.content === encodeFeedEntry(this.source.kind, feedEntryOf(this.source, stored)).content
  }

  /** One attempt; `conflict` = another relay was faster. */
  async #offer(key: string, stored: StoredEntry<T>, { bytes, content }: EncodedEntry): Promise<Publication | 'conflict'> {
    const there = await this.bucket.read(key)
    await this.#step?.('publish.read')
    if (there !== undefined && there.rev >= stored.rev) {
      const standing = await this.#standing(stored, there, content)
      if (standing !== 'forged') return standing
      this.#forged += 1
    }
    if (!(await this.bucket.put(key, bytes, there?.seq ?? 0))) return 'conflict'
    this.#published += 1
    await this.#step?.('publish.put')
    return 'put'
  }

  /** How what lies at the key, with the same or a higher revision, stands to the store as it is now. */
  async #standing(stored: StoredEntry<T>, there: BucketEntry, content: string): Promise<'there' | 'ahead' | 'forged'> {
    if (there.rev === stored.rev) return there.content === undefined || there.content === content ? 'there' : 'ahead'
    const currentRev = await this.#currentRev(stored)
    if (there.rev <= currentRev) return 'there'
    // No replica has believed such a leap, so that the store's own revision is good enough.
    return there.rev - currentRev > FEED_REV_LEAP_MAX && currentRev === stored.rev ? 'forged' : 'ahead'
  }

  /** The store's revision now: it is read after the bucket, so that a bucket with a higher one is ahead for certain. */
  async #currentRev({ org, id, rev }: StoredEntry<T>): Promise<number> {
    try {
      return (await this.source.collection.getAny(org, id))?.rev ?? rev
    } catch (error) {
      // A newer version of this owner has written it since, and publishes it.
      if (error instanceof SchemaTooNew || error instanceof UnreadableDocument) return Number.POSITIVE_INFINITY
      throw error
    }
  }
}
