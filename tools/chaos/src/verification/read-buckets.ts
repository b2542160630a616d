import { FEED_META_KEY, feedBucket, type FeedKind, readFeedEntry } from '@cambio/contracts'
import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { type NatsConnection } from '@nats-io/transport-node'

import { forEachKind, type PublishedKind, type PublishedState } from './evidence.js'

const READ_WITHIN_MS = 10_000

/** What every bucket holds, by NATS's own client. @throws Error when one cannot be read within 10 s */
export async function readBuckets(connection: NatsConnection): Promise<Record<PublishedKind, Map<string, PublishedState>>> {
  return forEachKind((kind) => readBucket(connection, kind))
}

/** The message at every key of one bucket, `_meta` left out. */
export async function readBucket(connection: NatsConnection, kind: FeedKind): Promise<Map<string, PublishedState>> {
  const found = new Map<string, PublishedState>()
  const kv = await new Kvm(jetstream(connection)).open(feedBucket(kind))
  const watch = await kv.watch()
  const late = setTimeout(() => {
    watch.stop()
  }, READ_WITHIN_MS)
  try {
    if ((await kv.status()).values === 0) return found
    for await (const entry of watch) {
      if (entry.key !== FEED_META_KEY && entry.operation === 'PUT') found.set(entry.key, stateOf(kind, entry.key, entry.string()))
      if (entry.delta === 0) return found
    }
  } finally {
    clearTimeout(late)
    watch.stop()
  }
  throw new Error(`${feedBucket(kind)} could not be read within ${READ_WITHIN_MS / 1_000} s`)
}

function stateOf(kind: FeedKind, key: string, text: string): PublishedState {
  try {
    return { key, text, reading: readFeedEntry(kind, JSON.parse(text)) }
  } catch {
    return { key, text, reading: { ok: false, refusal: { code: 'malformed', detail: 'no JSON' } } }
  }
}
