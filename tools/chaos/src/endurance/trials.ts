import { STACK_SERVICES } from '@cambio/local-stack'

import { type ChaosWorld } from '../chaos-world.js'
import { RefusedChanges } from './refused-changes.js'
import { type Sign, SignWatch } from './sign-watch.js'
import { type Trial } from './trial.js'
import { TurnedClients } from './turned-clients.js'
import { type Witness } from './witness.js'

export interface TrialLengths {
  readonly outageMs: number
  readonly freezeMs: number
}

const RESTARTS = 50
const BETWEEN_RESTARTS_MS = 700

/** Somebody is told within this time (EV-07). */
const TOLD_WITHIN_MS = 30_000

/** Changes come evenly over this part of a fault, so that the last ones are answered before its end. */
const PART_WITH_CHANGES = 0.9

/** Every replica of every service says that it cannot look at the feed. */
const stale: Sign = {
  metric: 'cambio_feed_alert',
  labels: { reason: 'stale' },
  services: STACK_SERVICES,
  seenBy: 'every replica',
  withinMs: TOLD_WITHIN_MS,
  line: 'the feed cannot be verified; the state is old and served on',
}

/** Some replica of each registry says why changes do not arrive. */
export const storageFull: Sign = {
  metric: 'cambio_owner_problem',
  labels: { problem: 'storage_full' },
  services: ['applications', 'idp-registry'],
  seenBy: 'one of each service',
  withinMs: TOLD_WITHIN_MS,
  line: 'changes wait in the outbox',
}

/** Told of a change that waits for 30 s: when the first one is made depends on the load. */
const unpublished = (forMs: number): Sign => ({
  metric: 'cambio_feed_alert',
  labels: { reason: 'unpublished' },
  services: ['applications', 'idp-registry'],
  seenBy: 'one of each service',
  withinMs: forMs,
})

/** Signs that a fault of this length is long enough for. */
const signsOf = (forMs: number, ...signs: readonly Sign[]): readonly Sign[] => (forMs > TOLD_WITHIN_MS * 1.5 ? signs : [])

const watching =
  (...signs: readonly Sign[]) =>
  (world: ChaosWorld): Promise<readonly Witness[]> =>
    Promise.resolve([new SignWatch(world.stack, signs)])

const watchingUnasked =
  (...signs: readonly Sign[]) =>
  (world: ChaosWorld): Promise<readonly Witness[]> =>
    Promise.resolve([new SignWatch(world.stack, signs), new RefusedChanges(world)])

/** What lasts longer than the faults of the random plan, one after the other. */
export function trials({ outageMs, freezeMs }: TrialLengths): readonly Trial[] {
  const during = (forMs: number): Pick<Trial, 'changesMs'> => ({ changesMs: forMs * PART_WITH_CHANGES })
  return [
    {
      title: `NATS down for ${outageMs / 1_000} s`,
      cases: ['EV-04', 'EV-07'],
      fault: { kind: 'NATS away', forMs: outageMs },
      changes: 100,
      ...during(outageMs),
      witnesses: watchingUnasked(...signsOf(outageMs, stale, unpublished(outageMs))),
    },
    {
      title: `a token service stopped for ${freezeMs / 1_000} s`,
      cases: ['EV-19'],
      fault: { kind: 'SIGSTOP of a replica', service: 'token-service', replica: 0, forMs: freezeMs },
      changes: 20,
      ...during(freezeMs),
      witnesses: async (world) => [await TurnedClients.prepare(world), ...(await watching()(world))],
    },
    {
      title: `nats-server stopped for ${freezeMs / 1_000} s`,
      cases: ['EV-08'],
      fault: { kind: 'SIGSTOP of a NATS node', node: 0, forMs: freezeMs },
      changes: 30,
      ...during(freezeMs),
      witnesses: watchingUnasked(...signsOf(freezeMs, stale)),
    },
    {
      title: `JetStream’s storage full for ${freezeMs / 1_000} s`,
      cases: ['EV-20'],
      fault: { kind: 'NATS storage full', forMs: freezeMs },
      changes: 30,
      ...during(freezeMs),
      witnesses: watching(storageFull, ...signsOf(freezeMs, unpublished(freezeMs))),
    },
    {
      title: `NATS restarted ${RESTARTS} times`,
      cases: [],
      fault: { kind: 'NATS restarted', node: 0, times: RESTARTS, pauseMs: BETWEEN_RESTARTS_MS },
      changes: 50,
      ...during(RESTARTS * BETWEEN_RESTARTS_MS),
      witnesses: watching(),
    },
    {
      title: 'the store of NATS deleted',
      cases: ['EV-05'],
      fault: { kind: 'NATS store wiped', node: 0 },
      changes: 10,
      changesMs: 2_000,
      witnesses: watching(),
    },
  ]
}
