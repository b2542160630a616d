import { createHash } from 'node:crypto'

import { type FeedEntry, feedKey, type FeedKind, type FeedValue, readFeedEntry } from '@cambio/contracts'

import { SetDigest } from './set-digest.js'

/** What an entry adds to the digest of a kind. The members of the entry are in the order in which `readFeedEntry` gives them. */
export function entryDigest(entry: FeedEntry<unknown>): Uint8Array {
  return createHash('sha256')
    .update(`${feedKey(entry.org, entry.id)}\n${entry.rev}\n${JSON.stringify(entry)}`)
    .digest()
}

/**
 * The digest that a replica has which holds exactly these entries, deletions included; the order is of no account.
 *
 * @param entries one for each aggregate, as they lie in the bucket
 * @throws TypeError for an entry that no replica of this version can read
 */
export function feedDigest<K extends FeedKind>(kind: K, entries: Iterable<FeedEntry<FeedValue<K>>>): string {
  const digest = new SetDigest()
  for (const entry of entries) {
    const reading = readFeedEntry(kind, entry)
    if (!reading.ok) throw new TypeError(`an entry of ${kind} is ${reading.refusal.code}`)
    digest.toggle(entryDigest(reading.entry))
  }
  return digest.toString()
}
