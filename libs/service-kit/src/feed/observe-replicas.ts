import { type ReplicaState } from '@cambio/messaging'

import { type Metrics } from '../health/metrics.js'
import { type ServiceFeed } from './service-feed.js'

interface ReplicaGauge {
  readonly name: string
  readonly help: string
  /** `undefined` = there is nothing to tell yet. */
  readonly read: (state: ReplicaState) => number | undefined
}

const gauges: readonly ReplicaGauge[] = [
  { name: 'cambio_replica_ready', help: '1 while decisions may be made on this replica.', read: ({ ready }) => (ready ? 1 : 0) },
  {
    name: 'cambio_replica_from_disk',
    help: '1 while it serves what lay on the disk and has not seen the bucket.',
    read: ({ source }) => (source === 'disk' ? 1 : 0),
  },
  { name: 'cambio_replica_entries', help: 'Aggregates held, deletions included.', read: ({ entries }) => entries },
  { name: 'cambio_replica_lag_messages', help: 'Messages of the bucket that had not arrived at the last look.', read: ({ lag }) => lag },
  {
    name: 'cambio_replica_applied_sequence',
    help: 'Place in the bucket up to which everything is applied; it begins anew with a bucket that was made anew.',
    read: ({ sequence }) => sequence,
  },
  {
    name: 'cambio_replica_age_seconds',
    help: 'Time since the replica was last known to hold all that the bucket holds.',
    read: ({ ageSeconds }) => ageSeconds,
  },
  { name: 'cambio_replica_parked', help: 'Keys whose message cannot be applied.', read: ({ parked }) => parked },
  { name: 'cambio_replica_refused', help: 'Messages that could not be applied since the start.', read: ({ refused }) => refused },
  {
    name: 'cambio_replica_unconfirmed',
    help: 'Keys about which the owner has yet to be asked: missing in the bucket, or unreadable there.',
    read: ({ unconfirmed }) => unconfirmed,
  },
  { name: 'cambio_replica_listings', help: 'Listings of the bucket since the start.', read: ({ listings }) => listings },
]

/** The metrics of everything that this process follows. */
export function observeReplicas(feed: ServiceFeed, metrics: Metrics): void {
  for (const { name, help, read } of gauges) {
    metrics.labelled(name, help, ['kind'], () =>
      feed.states().flatMap((state) => {
        const value = read(state)
        return value === undefined ? [] : [{ labels: { kind: state.kind }, value }]
      }),
    )
  }
}
