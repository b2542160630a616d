import { feedMetaSchema, type FeedKind } from '@cambio/contracts'
import { SchemaTooNew, type StoredEntry, UnreadableDocument } from '@cambio/store'
import { type KvEntry } from '@nats-io/kv'

import { type BucketEntry } from '../feed/feed-bucket.js'
import { parseJson, splitFeedKey, UnpublishableEntry } from '../feed/feed-codec.js'
import { type FeedPublisher } from './feed-publisher.js'

/**
 * What became of a message that arrived in the bucket: `explained` = the store says so too, or is about to say something newer;
 * `healed` = the store's state is published above it; `overwritten` = the store's state is put in its place; `erased` = the store knows no such key.
 */
export type Verdict = 'explained' | 'healed' | 'overwritten' | 'erased'

/**
 * Holds one message that arrived at a key against the store as it is now, and puts right what the store does not explain, in the way in which
 * a comparison does it. The store is read after the message arrived, never remembered: whoever publishes has written there before, another
 * process of the same owner too. Correct when several do it at once, as everything goes by compare-and-set.
 *
 * @throws FeedUnavailable, or an error of NATS or the store: nothing is known, and a comparison has to tell
 */
export async function judgeMessage<K extends FeedKind, T>(
  publisher: FeedPublisher<K, T>,
  key: string,
  there: BucketEntry,
): Promise<Verdict> {
  const parts = splitFeedKey(key)
  try {
    const stored = parts === undefined ? undefined : await publisher.source.collection.getAny(parts.org, parts.id)
    if (stored !== undefined) return await judgeKnown(publisher, stored, there)
  } catch (error) {
    // What this version cannot read is a newer one's; what can never be published is the relay's to report.
    const isLeftAlone = error instanceof SchemaTooNew || error instanceof UnreadableDocument
    if (isLeftAlone || error instanceof UnpublishableEntry || error instanceof TypeError) return 'explained'
    throw error
  }
  await publisher.bucket.erase(key)
  return 'erased'
}

/** Whether the message at `_meta` is one that an owner writes. */
export function isOwnersMeta({ operation, value }: Pick<KvEntry, 'operation' | 'value'>): boolean {
  if (operation !== 'PUT') return false
  const meta = feedMetaSchema.safeParse(parseJson(new TextDecoder().decode(value)))
  return meta.success && meta.data.complete
}

async function judgeKnown<K extends FeedKind, T>(
  publisher: FeedPublisher<K, T>,
  stored: StoredEntry<T>,
  there: BucketEntry,
): Promise<Verdict> {
  if (isExplained(publisher, stored, there)) return 'explained'
  const publication = await publisher.publish(stored)
  if (publication === 'put') return 'overwritten'
  if (publication === 'ahead') {
    await publisher.heal(stored)
    return 'healed'
  }
  // Something else lies there by now. A readable revision may have been overtaken, the rest somebody else has put right: a relay, or
  // another process of this owner.
  return there.rev === 0 || there.rev === stored.rev ? 'overwritten' : 'explained'
}

function isExplained<K extends FeedKind, T>(publisher: FeedPublisher<K, T>, stored: StoredEntry<T>, there: BucketEntry): boolean {
  if (there.rev >= stored.rev) return publisher.says(stored, there)
  // A revision that the relay is about to overtake; 0 is what nobody can read, or a marker of a deletion.
  return there.rev > 0 && stored.publishedRev < stored.rev
}
