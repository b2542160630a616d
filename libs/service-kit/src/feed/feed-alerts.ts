import { type FeedOwnerStatus, REPLICA_ALERTS, type ReplicaState } from '@cambio/messaging'

import { type Sample } from '../health/metrics.js'

/** A change that waits so long to be published is late. */
const UNPUBLISHED_SECONDS = 30

/** Owners compare store and bucket every 5 minutes. */
const UNRECONCILED_SECONDS = 15 * 60

/** After a start the first comparison takes a moment. */
const FIRST_RECONCILIATION_SECONDS = 60

/**
 * `unpublished`: a change waits for over 30 s to be published; `stuck`: one that never can be; `unreconciled`: store and bucket were not
 * compared for 15 minutes, or not once within a minute of the start.
 */
const ownerAlerts = {
  unpublished: ({ oldestUnpublishedSeconds }: FeedOwnerStatus) => oldestUnpublishedSeconds > UNPUBLISHED_SECONDS,
  stuck: ({ stuck }: FeedOwnerStatus) => stuck > 0,
  unreconciled: ({ reconciledAt }: FeedOwnerStatus, upSeconds: number) =>
    reconciledAt === undefined
      ? upSeconds > FIRST_RECONCILIATION_SECONDS
      : (Date.now() - reconciledAt.getTime()) / 1_000 > UNRECONCILED_SECONDS,
}

/**
 * Every kind with every reason for which somebody should look at it: 1 while that is so, else 0.
 *
 * @param upSeconds since the start of the process
 */
export function feedAlerts(replicas: readonly ReplicaState[], owners: readonly FeedOwnerStatus[], upSeconds: number): readonly Sample[] {
  return [
    ...replicas.flatMap(({ kind, alerts }) =>
      REPLICA_ALERTS.map((reason) => ({ labels: { kind, reason }, value: alerts.includes(reason) ? 1 : 0 })),
    ),
    ...owners.flatMap((status) =>
      Object.entries(ownerAlerts).map(([reason, isRaised]) => ({
        labels: { kind: status.kind, reason },
        value: isRaised(status, upSeconds) ? 1 : 0,
      })),
    ),
  ]
}
