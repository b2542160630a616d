import { z } from 'zod'

import { FEED_REV_MAX } from '../feed/envelope.js'
import { FEED_KINDS, type ServiceName, feedKinds, type FeedKind } from '../feed/kinds.js'
import { defineRpc, type RpcContract } from './contract.js'

const kindSchema = z.enum(FEED_KINDS as [FeedKind, ...FeedKind[]])

const confirmRequest = z.strictObject({
  kind: kindSchema,
  org: z.string().max(128),
  id: z.string().max(128),
  /** What the replica holds and the bucket contradicts; `content` as `contentOf` of `@cambio/messaging` digests it. */
  held: z.strictObject({ rev: z.int().min(1).max(FEED_REV_MAX), content: z.string().max(64) }).optional(),
})

/** The owner's own entry, a tombstone included; null = the owner has never had it or has collected its tombstone. */
const confirmAnswer = z.object({ entry: z.unknown().nullable() })

/** A replica asks the owner of a kind before it drops an id that a listing of the bucket lacks, and when the bucket contradicts what it holds. */
export function confirmFeedEntry(kind: FeedKind): RpcContract<z.infer<typeof confirmRequest>, z.infer<typeof confirmAnswer>> {
  return confirmFeedEntryOf(feedKinds[kind].owner)
}

/** The same question, named by the owner that serves it. */
export function confirmFeedEntryOf(owner: ServiceName): RpcContract<z.infer<typeof confirmRequest>, z.infer<typeof confirmAnswer>> {
  return defineRpc(owner, 'feed-entry.confirm', confirmRequest, confirmAnswer)
}

/** Every replica answers for itself; whoever asks gathers for 300 ms. Not a queue group, so it is no `RpcContract`. */
export const APPLIED_PROBE_SUBJECT = 'cambio.probe.applied.v1'

export const appliedProbeRequestSchema = z.strictObject({ kind: kindSchema, org: z.string().max(128), id: z.string().max(128) })

export const appliedProbeAnswerSchema = z.object({ service: z.string(), replica: z.string(), rev: z.int().min(0) })

export type AppliedProbeAnswer = z.infer<typeof appliedProbeAnswerSchema>

/** Every process answers for its replica of a kind: whether two hold the same is one comparison. No queue group. */
export const DIGEST_PROBE_SUBJECT = 'cambio.probe.digest.v1'

export const digestProbeRequestSchema = z.strictObject({ kind: kindSchema })

/**
 * `digest`: base64url of the exclusive or, over all entries held (deletions included), of
 * SHA-256(`<org>.<id>\n<rev>\n<the entry as JSON, its members as the kind's schema orders them>`).
 */
export const digestProbeAnswerSchema = z.object({
  service: z.string().max(64),
  replica: z.string().max(128),
  kind: kindSchema,
  entries: z.int().min(0),
  digest: z.base64url().length(43),
})

export type DigestProbeAnswer = z.infer<typeof digestProbeAnswerSchema>
