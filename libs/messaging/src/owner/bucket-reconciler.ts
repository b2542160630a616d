import { setImmediate as nextTurn } from 'node:timers/promises'

import { FEED_META_KEY, feedKey, type FeedKind } from '@cambio/contracts'
import { type DocumentIdentity, SchemaTooNew, type StoredEntry, UnreadableDocument } from '@cambio/store'

import { type BucketEntry, FeedUnavailable } from '../feed/feed-bucket.js'
import { splitFeedKey, UnpublishableEntry } from '../feed/feed-codec.js'
import { type FeedStepHook } from '../feed/feed-step.js'
import { type FeedPublisher, type Publication } from './feed-publisher.js'

const CHUNK = 500
const PARALLEL = 16
/** Entries whose content is compared before the event loop is given back. */
const COMPARED_A_TURN = 50

/** A tombstone stays in the store this long after it was published. */
const TOMBSTONE_SECONDS = 7 * 24 * 3600

export interface ReconciliationCounts {
  /** Entries that the bucket lacked or held in an older revision. */
  readonly repaired: number
  /** Keys that the store does not know (any more) and that were erased. */
  readonly erased: number
  /**
   * Keys under which the bucket held what the store never wrote, and replicas would have believed it: the store was restored from an
   * older backup, or somebody forged. The store's own state is published above it.
   */
  readonly ahead: number
}

/**
 * One comparison of the store with the bucket; the store is the truth. Correct when two do it at once, as everything
 * goes by compare-and-set.
 *
 * @param keepLease called between chunks; `false` = another has taken over, stop
 * @throws BucketUnreadable, FeedUnavailable, or an error of NATS or the store: the pass counts for nothing and is made again
 */
export async function reconcileBucket<K extends FeedKind, T>(
  publisher: FeedPublisher<K, T>,
  keepLease: () => Promise<boolean>,
  step?: FeedStepHook,
): Promise<ReconciliationCounts> {
  const { bucket, source } = publisher
  const before = await bucket.make()
  const listed = await bucket.list()
  await step?.('reconcile.begun')
  const meta = listed.get(FEED_META_KEY)
  listed.delete(FEED_META_KEY)
  const counts = { repaired: 0, ahead: 0 }
  for await (const chunk of source.collection.scan({ chunkSize: CHUNK })) {
    await compareChunk(publisher, chunk, listed, counts)
    await step?.('reconcile.chunk')
    if (!(await keepLease())) throw new FeedUnavailable('contended', 'another process has taken over the comparison')
    await nextTurn()
  }
  const erased = await eraseUnknown(publisher, listed)
  await step?.('reconcile.compared')
  // Nothing is called complete that nobody could read.
  if (counts.repaired + counts.ahead > 0) await bucket.list()
  await source.collection.collectTombstones(new Date(Date.now() - TOMBSTONE_SECONDS * 1_000))
  // A bucket that was wiped meanwhile is not complete.
  if ((await bucket.facts())?.created !== before.created || !(await keepLease()))
    throw new FeedUnavailable('contended', `${bucket.name} was made anew`)
  if (!(await bucket.putMeta({ complete: true, at: new Date().toISOString() }, meta?.seq ?? 0))) {
    throw new FeedUnavailable('contended', `the end of the comparison of ${bucket.name} was overtaken`)
  }
  await step?.('reconcile.completed')
  return { ...counts, erased }
}

/** Publishes what the bucket lacks of a chunk or says otherwise, and takes off the list what it has. */
async function compareChunk<K extends FeedKind, T>(
  publisher: FeedPublisher<K, T>,
  chunk: readonly StoredEntry<T>[],
  listed: Map<string, BucketEntry>,
  counts: { repaired: number; ahead: number },
): Promise<void> {
  const due: StoredEntry<T>[] = []
  for (const [index, entry] of chunk.entries()) {
    if (index % COMPARED_A_TURN === COMPARED_A_TURN - 1) await nextTurn()
    const key = feedKey(entry.org, entry.id)
    const there = listed.get(key)
    listed.delete(key)
    if (there === undefined || !(await ifPossible(async () => publisher.says(entry, there)))) due.push(entry)
  }
  for (let from = 0; from < due.length; from += PARALLEL) {
    const publications = await Promise.all(due.slice(from, from + PARALLEL).map(async (entry) => bringUpToDate(publisher, entry)))
    counts.repaired += publications.filter((publication) => publication === 'put').length
    counts.ahead += publications.filter((publication) => publication === 'ahead').length
  }
}

/** The list and the scan may both be older than bucket and store are now; the publisher looks at both again. */
async function bringUpToDate<K extends FeedKind, T>(
  publisher: FeedPublisher<K, T>,
  entry: StoredEntry<T>,
): Promise<Publication | undefined> {
  return ifPossible(async () => {
    const publication = await publisher.publish(entry)
    if (publication === 'ahead') await publisher.heal(entry)
    return publication
  })
}

/** What can never be published is the relay's to report; it must not keep the bucket from being complete. */
async function ifPossible<R>(work: () => Promise<R>): Promise<R | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnpublishableEntry || error instanceof TypeError) return undefined
    throw error
  }
}

/** Erases keys that the store does not have: tombstones that it has collected, and what it never wrote. */
async function eraseUnknown<K extends FeedKind, T>(publisher: FeedPublisher<K, T>, leftOver: Map<string, BucketEntry>): Promise<number> {
  let erased = 0
  for (const key of leftOver.keys()) {
    const parts = splitFeedKey(key)
    if (parts !== undefined && (await isKnown(publisher, parts))) continue
    await publisher.bucket.erase(key)
    erased += 1
  }
  return erased
}

/** A document that this version cannot read is left out of the scan; its store knows it all the same. */
async function isKnown<K extends FeedKind, T>(publisher: FeedPublisher<K, T>, { org, id }: DocumentIdentity): Promise<boolean> {
  try {
    return (await publisher.source.collection.getAny(org, id)) !== undefined
  } catch (error) {
    if (error instanceof SchemaTooNew || error instanceof UnreadableDocument) return true
    throw error
  }
}
