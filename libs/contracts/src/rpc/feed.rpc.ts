import { z } from 'zod'

import { FEED_KINDS, type ServiceName, feedKinds, type FeedKind } from '../feed/kinds.js'
import { defineRpc, type RpcContract } from './contract.js'

const kindSchema = z.enum(FEED_KINDS as [FeedKind, ...FeedKind[]])

const confirmRequest = z.strictObject({ kind: kindSchema, org: z.string().max(128), id: z.string().max(128) })

/** The owner's own entry, a tombstone included; null = the owner has never had it or has collected its tombstone. */
const confirmAnswer = z.object({ entry: z.unknown().nullable() })

/** A replica asks the owner of a kind before it drops an id that a listing of the bucket lacks. */
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
