import { createHash } from 'node:crypto'

import { type FeedEntry, feedKey, type FeedKind, type FeedReading, type FeedValue, readFeedEntry } from '@cambio/contracts'

/** The largest message of the feed: half of what NATS takes by default, so that headers and growth fit. */
export const FEED_MESSAGE_MAX_BYTES = 512 * 1024

/** An entry that can never be published as it is. The message names the rule and the key, and nothing of the value. */
export class UnpublishableEntry extends Error {
  readonly code = 'unpublishable_entry'
  /** `too_large`: over 512 KiB; `malformed`: not what the kind's schema reads. */
  readonly problem: 'too_large' | 'malformed'

  constructor(problem: 'too_large' | 'malformed', message: string) {
    super(message)
    this.name = 'UnpublishableEntry'
    this.problem = problem
  }
}

/** A message ready to be published, and what it says, in a form that can be compared with what lies in the bucket. */
export interface EncodedEntry {
  readonly bytes: Uint8Array
  readonly content: string
}

/**
 * The message of an entry. It is written from what the kind's own reader gives back: what the schema does not name never
 * leaves the owner, and what no replica could read is not published.
 *
 * @throws UnpublishableEntry
 */
export function encodeFeedEntry<K extends FeedKind>(kind: K, entry: FeedEntry<FeedValue<K>>): EncodedEntry {
  const key = feedKey(entry.org, entry.id)
  const reading = readFeedEntry(kind, JSON.parse(JSON.stringify(entry)) as unknown)
  if (!reading.ok) {
    const rule = reading.refusal.code === 'malformed' ? reading.refusal.detail : `version ${reading.refusal.v}`
    throw new UnpublishableEntry('malformed', `${kind} ${key} cannot be read by a replica: ${rule}`)
  }
  const bytes = new TextEncoder().encode(JSON.stringify(reading.entry))
  if (bytes.length > FEED_MESSAGE_MAX_BYTES) {
    throw new UnpublishableEntry('too_large', `${kind} ${key} is ${bytes.length} bytes long, and the feed takes ${FEED_MESSAGE_MAX_BYTES}`)
  }
  return { bytes, content: contentOf(reading.entry) }
}

/**
 * A digest of what an entry says to a reader of this version. The version that wrote it does not count: the same state in the words of
 * another version is no other state.
 */
export function contentOf({ id, org, rev, deleted, value }: FeedEntry<unknown>): string {
  return createHash('sha256')
    .update(JSON.stringify([id, org, rev, deleted ?? false, value]))
    .digest('base64url')
}

/** Whether a value fits into the feed: asked before it is stored, so that nothing is acknowledged that cannot be published. */
export function fitsFeed(value: unknown): boolean {
  // What the frame around the value takes at most: two parts of a key, numbers and names of members.
  const frameBytes = 512
  return Buffer.byteLength(JSON.stringify(value)) + frameBytes <= FEED_MESSAGE_MAX_BYTES
}

/** Reads the message at a key. A message that says it is another aggregate's is malformed: it must not overwrite that one. */
export function decodeFeedEntry<K extends FeedKind>(kind: K, key: string, text: string): FeedReading<K> {
  if (Buffer.byteLength(text) > FEED_MESSAGE_MAX_BYTES) return malformed('(message): too_large')
  const reading = readFeedEntry(kind, parseJson(text))
  if (reading.ok && `${reading.entry.org}.${reading.entry.id}` !== key) return malformed('(message): not_of_this_key')
  return reading
}

/** An organization's id and an aggregate's, as a key has them; longer or other ones no aggregate has. */
const KEY = /^([A-Za-z0-9_-]{1,128})\.([A-Za-z0-9_-]{1,128})$/

/** An organization and an id of a key; `undefined` when it is no aggregate's. */
export function splitFeedKey(key: string): { readonly org: string; readonly id: string } | undefined {
  const [, org, id] = KEY.exec(key) ?? []
  return org === undefined || id === undefined ? undefined : { org, id }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function malformed(detail: string): { readonly ok: false; readonly refusal: { readonly code: 'malformed'; readonly detail: string } } {
  return { ok: false, refusal: { code: 'malformed', detail } }
}
