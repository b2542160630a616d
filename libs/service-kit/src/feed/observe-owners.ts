import { type FeedOwnerStatus } from '@cambio/messaging'

import { type Metrics } from '../health/metrics.js'
import { type ServiceFeed } from './service-feed.js'

interface OwnerGauge {
  readonly name: string
  readonly help: string
  /** `undefined` = there is nothing to tell yet. */
  readonly read: (status: FeedOwnerStatus) => number | undefined
}

const gauges: readonly OwnerGauge[] = [
  {
    name: 'cambio_outbox_oldest_seconds',
    help: 'Age of the oldest change that waits to be published.',
    read: ({ oldestUnpublishedSeconds }) => oldestUnpublishedSeconds,
  },
  { name: 'cambio_outbox_stuck', help: 'Entries that can never be published as they are.', read: ({ stuck }) => stuck },
  { name: 'cambio_outbox_published', help: 'Entries published since the start.', read: ({ published }) => published },
  { name: 'cambio_outbox_conflicts', help: 'Publications that another relay was faster with.', read: ({ conflicts }) => conflicts },
  {
    name: 'cambio_owner_healed',
    help: 'States published above a bucket that was ahead of the store, since the start.',
    read: ({ healed }) => healed,
  },
  {
    name: 'cambio_owner_forged',
    help: 'Messages overwritten whose revision was a forgery, since the start.',
    read: ({ forged }) => forged,
  },
  {
    name: 'cambio_owner_put_right',
    help: 'Messages that the store does not explain and that were put right as they arrived, since the start.',
    read: ({ putRight }) => putRight,
  },
  {
    name: 'cambio_owner_reconciled_age_seconds',
    help: 'Time since this process last compared store and bucket to the end.',
    read: ({ reconciledAt }) => (reconciledAt === undefined ? undefined : Math.max(0, (Date.now() - reconciledAt.getTime()) / 1_000)),
  },
  {
    name: 'cambio_owner_repaired',
    help: 'Entries that the bucket lacked or held in an older revision, at the last comparison.',
    read: ({ lastReconciliation }) => lastReconciliation?.repaired,
  },
  {
    name: 'cambio_owner_erased',
    help: 'Keys that the store does not know and that were erased, at the last comparison.',
    read: ({ lastReconciliation }) => lastReconciliation?.erased,
  },
  {
    name: 'cambio_owner_ahead',
    help: 'Keys under which the bucket held what the store never wrote, at the last comparison.',
    read: ({ lastReconciliation }) => lastReconciliation?.ahead,
  },
]

/** The metrics of everything that this process publishes. */
export function observeOwners(feed: ServiceFeed, metrics: Metrics): void {
  metrics.labelled('cambio_owner_problem', '1 while an owner cannot publish or compare, and why.', ['kind', 'problem'], () =>
    feed.owners
      .status()
      .flatMap(({ kind, problem }) => (problem === undefined ? [] : [{ labels: { kind, problem: problem.code }, value: 1 }])),
  )
  for (const { name, help, read } of gauges) {
    metrics.labelled(name, help, ['kind'], () =>
      feed.owners.status().flatMap((status) => {
        const value = read(status)
        return value === undefined ? [] : [{ labels: { kind: status.kind }, value }]
      }),
    )
  }
}
