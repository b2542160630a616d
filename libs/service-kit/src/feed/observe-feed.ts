import { type Metrics } from '../health/metrics.js'
import { type Readiness } from '../health/readiness.js'
import { type ServiceFeed } from './service-feed.js'

/** Makes the feed's state visible: what is missing in `/readyz`, ages and counts in `/metrics`. */
export function observeFeed(feed: ServiceFeed, readiness: Readiness, metrics: Metrics): void {
  readiness.register({
    name: 'feed',
    missing: () => feed.states().flatMap(({ missing }) => (missing === undefined ? [] : [missing])),
  })
  metrics.gauge('cambio_nats_connected', '1 while there is a connection to NATS.', () => (feed.link.connection === undefined ? 0 : 1))
  const ofReplicas = (name: string, help: string, read: (state: ReturnType<ServiceFeed['states']>[number]) => number | undefined): void => {
    metrics.labelled(name, help, ['kind'], () =>
      feed.states().flatMap((state) => {
        const value = read(state)
        return value === undefined ? [] : [{ labels: { kind: state.kind }, value }]
      }),
    )
  }
  ofReplicas('cambio_replica_ready', '1 while decisions may be made on this replica.', ({ ready }) => (ready ? 1 : 0))
  ofReplicas('cambio_replica_entries', 'Aggregates held, deletions included.', ({ entries }) => entries)
  ofReplicas('cambio_replica_lag_messages', 'Messages of the bucket that had not arrived at the last look.', ({ lag }) => lag)
  ofReplicas('cambio_replica_parked', 'Keys whose message cannot be applied.', ({ parked }) => parked)
  ofReplicas('cambio_replica_unconfirmed', 'Held entries that the bucket lacks.', ({ unconfirmed }) => unconfirmed)
  ofReplicas(
    'cambio_replica_age_seconds',
    'Time since the replica was last known to hold all that the bucket holds.',
    ({ ageSeconds }) => ageSeconds,
  )
  const ofOwners = (name: string, help: string, read: (status: OwnerStatus) => number): void => {
    metrics.labelled(name, help, ['kind'], () =>
      feed.owners.status().map((status) => ({ labels: { kind: status.kind }, value: read(status) })),
    )
  }
  ofOwners(
    'cambio_outbox_oldest_seconds',
    'Age of the oldest change that waits to be published.',
    (status) => status.oldestUnpublishedSeconds,
  )
  ofOwners('cambio_outbox_stuck', 'Entries that can never be published as they are.', ({ stuck }) => stuck)
  ofOwners('cambio_outbox_published', 'Entries published since the start.', ({ published }) => published)
  ofOwners('cambio_outbox_conflicts', 'Publications that another relay was faster with.', ({ conflicts }) => conflicts)
}

type OwnerStatus = ReturnType<ServiceFeed['owners']['status']>[number]
