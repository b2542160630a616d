import { type Metrics } from '../health/metrics.js'
import { type Readiness } from '../health/readiness.js'
import { feedAlerts } from './feed-alerts.js'
import { observeOwners } from './observe-owners.js'
import { observeReplicas } from './observe-replicas.js'
import { type ServiceFeed } from './service-feed.js'

/** Makes the feed's state visible: what is missing in `/readyz`, ages and counts in `/metrics` (docs/operations.md). */
export function observeFeed(feed: ServiceFeed, readiness: Readiness, metrics: Metrics): void {
  readiness.register({
    name: 'feed',
    missing: () => feed.states().flatMap(({ missing }) => (missing === undefined ? [] : [missing])),
  })
  metrics.gauge('cambio_nats_connected', '1 while there is a connection to NATS.', () => (feed.link.connection === undefined ? 0 : 1))
  const startedAtMs = performance.now()
  metrics.labelled('cambio_feed_alert', '1 while somebody should look at a kind of the feed, for this reason.', ['kind', 'reason'], () =>
    feedAlerts(feed.states(), feed.owners.status(), (performance.now() - startedAtMs) / 1_000),
  )
  metrics.gauge(
    'cambio_probe_refused',
    'Questions about what is applied that nobody could read, since the start.',
    () => feed.refusedQuestions,
  )
  observeReplicas(feed, metrics)
  observeOwners(feed, metrics)
}
