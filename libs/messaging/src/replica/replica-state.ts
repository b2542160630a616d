import { feedBucket, type FeedKind, feedKinds } from '@cambio/contracts'

import { type FollowerPhase } from './bucket-follower.js'

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
  readonly appliedAt: Date | undefined
  /** Seconds since it was last known to hold all that the bucket holds; `undefined` = never. */
  readonly ageSeconds: number | undefined
  /** Aggregates held, deletions included. */
  readonly entries: number
  /** Of all entries held, as `feedDigest` has it: two replicas with the same one hold the same. */
  readonly digest: string
  /** Keys whose message cannot be applied: malformed, or of a newer version. */
  readonly parked: number
  /** Held entries that the bucket lacks and whose owner has not been reached. */
  readonly unconfirmed: number
  /** Listings of the bucket since the start. */
  readonly listings: number
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
