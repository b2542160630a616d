import { feedBucket, type FeedKind, feedKinds } from '@cambio/contracts'

import { type FollowerPhase } from './bucket-follower.js'

/**
 * What somebody should look at. `stale`: it could not be verified for 20 s and is served on; `not_ready`: nothing is served of it for 20 s;
 * `parked`: a message cannot be applied; `index`: an index is broken until the process is restarted; `disk`: the replica file cannot be
 * written, so that a start would need NATS.
 */
export const REPLICA_ALERTS = ['stale', 'not_ready', 'parked', 'index', 'disk'] as const

export type ReplicaAlert = (typeof REPLICA_ALERTS)[number]

/** Where the state comes from that a replica serves: `disk` until the bucket was listed once in this process. */
export type ReplicaSource = 'nothing' | 'disk' | 'nats'

export interface ReplicaState {
  readonly kind: FeedKind
  /** Whether decisions may be made on it. */
  readonly ready: boolean
  /** Present exactly when not ready: what is missing, in words for `/readyz`. */
  readonly missing?: string
  readonly source: ReplicaSource
  /** Messages of the bucket that had not arrived at the last look. */
  readonly lag: number
  /** The place in the bucket's stream up to which everything is applied; `undefined` before anything came from it. */
  readonly sequence: number | undefined
  readonly appliedAt: Date | undefined
  /** Seconds since it was last known to hold all that the bucket holds; `undefined` = never. */
  readonly ageSeconds: number | undefined
  /** Aggregates held, deletions included. */
  readonly entries: number
  /** Of all entries held, as `feedDigest` has it: two replicas with the same one hold the same. */
  readonly digest: string
  /** Keys whose message cannot be applied now: malformed, of a newer version, or refused by an index; at most 10,000 are told apart. */
  readonly parked: number
  /** Messages that could not be applied since the start. */
  readonly refused: number
  /** Keys that the bucket lacks, or holds something unreadable at, and whose owner has not answered yet. */
  readonly unconfirmed: number
  /** Listings of the bucket since the start. */
  readonly listings: number
  /** An index may not agree with its values any more: nothing is decided by it. */
  readonly isIndexBroken: boolean
  /** What is applied does not reach the disk. */
  readonly isDiskFailing: boolean
  readonly alerts: readonly ReplicaAlert[]
}

/** What is missing for a replica that has never been complete. */
export function missingBecause(kind: FeedKind, phase: FollowerPhase): string {
  switch (phase) {
    case 'no connection':
      return `no connection to NATS, and no ${kind} on disk`
    case 'no bucket':
      return `${feedKinds[kind].owner} has not made ${feedBucket(kind)}`
    case 'listing':
      return `${kind} are being listed`
    case 'incomplete':
    case 'following':
      return `${feedKinds[kind].owner} has not completed ${feedBucket(kind)}`
  }
}
