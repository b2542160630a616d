import { FEED_VERSION, type FeedEntry, type FeedKind, type FeedValue } from '@cambio/contracts'
import { type Collection, type StoredDocument, type StoredEntry } from '@cambio/store'

/** What an owner publishes: a collection and the public state of each of its documents. */
export interface FeedSource<K extends FeedKind, T> {
  readonly kind: K
  readonly collection: Collection<T>
  /** The public state; pure. What the kind's schema does not name is left out of the message. */
  toFeedValue(document: StoredDocument<T>): FeedValue<K>
}

/** The feed's entry of a stored document or tombstone. */
export function feedEntryOf<K extends FeedKind, T>(source: FeedSource<K, T>, stored: StoredEntry<T>): FeedEntry<FeedValue<K>> {
  const { org, id, rev } = stored
  if (stored.deleted) return { v: FEED_VERSION, id, org, rev, deleted: true, value: null }
  return { v: FEED_VERSION, id, org, rev, value: source.toFeedValue(stored) }
}
