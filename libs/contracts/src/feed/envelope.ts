import { z } from 'zod'

/** The schema version of every feed value today. A reader takes this one and the one before it, and parks a newer one. */
export const FEED_VERSION = 1

/**
 * The highest revision that a message may carry. A message with a higher one is malformed, so that no forgery can take an aggregate to
 * the end of the numbers, where nothing newer could ever follow.
 */
export const FEED_REV_MAX = 2 ** 48

/**
 * The largest step from a revision that a reader knows (0 = none) to one that it believes a bucket. No aggregate is changed so often; what
 * leaps further is a forgery, or the answer of its owner to forgeries, and only the owner itself can tell which. Source: docs/architecture.md, Messages.
 */
export const FEED_REV_LEAP_MAX = 1_000_000_000

/**
 * What one key of a feed bucket holds: the whole public state of one aggregate at one revision. A deletion is an entry
 * too (`deleted`, with `value` null), because a KV delete carries no revision and could be overtaken.
 */
export interface FeedEntry<V> {
  readonly v: number
  readonly id: string
  /** The owning organization's id, or `platform`. */
  readonly org: string
  /** 1 to 2^48, strictly increasing for each aggregate; a replica applies only what is newer than what it holds. */
  readonly rev: number
  readonly deleted?: true
  /** Null exactly when `deleted`. */
  readonly value: V | null
}

/** The frame alone, so that a reader can tell "of a newer version" from "malformed" before it reads the value. */
export const feedFrameSchema = z.object({
  v: z.int().min(1),
  id: z.string().min(1).max(128),
  org: z.string().min(1).max(128),
  rev: z.int().min(1).max(FEED_REV_MAX),
  deleted: z.literal(true).optional(),
  value: z.unknown(),
})

/** Characters that ids and partitions may have inside a KV key; a dot would split it. */
const keyPart = /^[A-Za-z0-9_-]{1,128}$/

/** The key of an aggregate in its bucket: `<org>.<id>`. */
export function feedKey(org: string, id: string): string {
  if (!keyPart.test(org) || !keyPart.test(id)) throw new TypeError('an organization and an id must be plain key parts')
  return `${org}.${id}`
}

/** Where an owner says that its bucket is complete; no aggregate's key can equal it, as those have a dot. */
export const FEED_META_KEY = '_meta'

/** The value of `_meta`: until it says complete, replicas prune nothing and a fresh one is not ready. */
export const feedMetaSchema = z.object({ complete: z.boolean(), at: z.iso.datetime() })

export type FeedMeta = z.infer<typeof feedMetaSchema>
