import { STACK_SERVICES } from '@cambio/local-stack'

import { type SeededRandom } from '../random/seeded-random.js'
import { CLUSTER_NODES, type Topology } from '../stack/chaos-nats.js'
import { REPLICAS } from '../stack/chaos-stack.js'
import { type Fault, type FaultKind, type PlannedFault } from './fault.js'

export interface FaultPlanOptions {
  readonly topology: Topology
  readonly changes: number
  readonly faults: number
  /** The longest freeze and outage. */
  readonly longestMs: number
}

/** The others take longer to be noticed than a random plan leaves them; they are tried one after the other (`endurance/`). */
type RandomKind = Exclude<FaultKind, 'NATS storage full' | 'NATS restarted'>

/** How often each kind comes in one round of the deck; a run with enough faults has every kind. */
const deckOf = (topology: Topology): readonly RandomKind[] => [
  'kill -9 of a replica',
  'NATS store wiped',
  'SIGSTOP of a replica',
  'kill -9 of a NATS node',
  'kill -9 of a service',
  'SIGSTOP of a NATS node',
  'replica file tampered with',
  'NATS away',
  'kill -9 of a replica',
  ...(topology === 'cluster' ? (['all NATS stores wiped', 'kill -9 of a NATS node'] as const) : []),
  'kill -9 of everything',
]

/** Which faults come when: all of it follows from the seed. */
export function faultPlan(random: SeededRandom, { topology, changes, faults, longestMs }: FaultPlanOptions): PlannedFault[] {
  const plan: PlannedFault[] = []
  let deck: RandomKind[] = []
  for (let index = 0; index < faults; index += 1) {
    if (deck.length === 0) deck = shuffled(random, deckOf(topology))
    const kind = deck.pop()
    if (kind === undefined) break
    // Away from both ends: before the first and after the last there is load without a fault.
    const atChange = Math.floor(((index + 0.5 + random.next() * 0.5) / (faults + 1)) * changes)
    plan.push({ atChange, fault: draw(random, kind, topology, longestMs) })
  }
  return plan
}

function draw(random: SeededRandom, kind: RandomKind, topology: Topology, longestMs: number): Fault {
  const service = random.pick(STACK_SERVICES)
  const replica = random.integer(0, REPLICAS - 1)
  const node = topology === 'cluster' ? random.integer(0, CLUSTER_NODES - 1) : 0
  const downMs = random.integer(0, Math.floor(longestMs / 2))
  const forMs = random.integer(Math.floor(longestMs / 4), longestMs)
  switch (kind) {
    case 'kill -9 of a replica':
      return { kind, service, replica, downMs }
    case 'kill -9 of a service':
      return { kind, service, downMs }
    case 'SIGSTOP of a replica':
      return { kind, service, replica, forMs }
    case 'replica file tampered with':
      return { kind, service, replica, how: random.pick(['deleted', 'truncated', 'overwritten'] as const) }
    case 'kill -9 of a NATS node':
      return { kind, node, downMs }
    case 'SIGSTOP of a NATS node':
      return { kind, node, forMs }
    case 'NATS store wiped':
      return { kind, node }
    case 'all NATS stores wiped':
      return { kind }
    case 'NATS away':
      return { kind, forMs }
    case 'kill -9 of everything':
      return { kind, downMs }
  }
}

function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (left.length > 0) drawn.push(...left.splice(random.integer(0, left.length - 1), 1))
  return drawn
}
