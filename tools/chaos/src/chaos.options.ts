import { parseArgs } from 'node:util'

import { type Topology, TOPOLOGIES } from './stack/chaos-nats.js'

/** How long and how hard. */
export interface Profile {
  /** Changes in each run. */
  readonly changes: number
  readonly changesPerSecond: number
  readonly faults: number
  /** The longest freeze and outage. */
  readonly longestFaultMs: number
  readonly exchangePauseMs: number
  /** Orders of cold starts that are tried, of 24. */
  readonly coldStarts: number
}

/** For every change of the code: within a minute, both topologies together. */
const SHORT: Profile = { changes: 90, changesPerSecond: 15, faults: 5, longestFaultMs: 1_500, exchangePauseMs: 40, coldStarts: 2 }

/**
 * For a release: 10,000 changes over both topologies. The longest freeze is longer than what it takes until a frozen
 * server is noticed (8.5 s).
 */
const LONG: Profile = { changes: 5_000, changesPerSecond: 25, faults: 60, longestFaultMs: 12_000, exchangePauseMs: 30, coldStarts: 24 }

/** What the command line asks for. */
export interface ChaosOptions extends Profile {
  readonly seed: string
  readonly topologies: readonly Topology[]
  /** nats-server binaries; empty = the one that is found. */
  readonly binaries: readonly string[]
  /** The long faults; `undefined` = not asked for. */
  readonly endurance: { readonly outageMs: number; readonly freezeMs: number } | undefined
  /** Whether the result is written into docs/reliability.md. */
  readonly report: boolean
  /** Whether the directories of runs stay, with logs and journal. They stay where something was found. */
  readonly keep: boolean
}

export const USAGE = `npm run chaos [-- options]
  --long                 10,000 changes over both topologies and all 24 orders of a cold start, under 15 minutes
  --seed <text>          what everything random follows from (default: cambio)
  --nats <topology>      single, cluster or both (default)
  --nats-server <path>   the binary to run on; may be repeated (default: the one that is found)
  --changes <number>     changes in each run
  --faults <number>      faults in each run
  --cold-starts <number> orders of a cold start, at most 24
  --endurance            long faults one after the other, about 20 minutes; alone, or after what --long does
  --outage-seconds <n>   how long NATS is away in it (default: 600)
  --freeze-seconds <n>   how long a process stands still in it (default: 60)
  --report               writes the result into docs/reliability.md
  --keep                 leaves the directories of the runs, with logs and journal`

/** Reads the command line. @throws TypeError for what cannot be meant */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      long: { type: 'boolean', default: false },
      seed: { type: 'string', default: 'cambio' },
      nats: { type: 'string', default: 'both' },
      'nats-server': { type: 'string', multiple: true, default: [] },
      changes: { type: 'string' },
      faults: { type: 'string' },
      'cold-starts': { type: 'string' },
      endurance: { type: 'boolean', default: false },
      'outage-seconds': { type: 'string' },
      'freeze-seconds': { type: 'string' },
      report: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const isAlone = values.endurance && !values.long
  const profile = values.long ? LONG : SHORT
  const outageMs = numberOf('--outage-seconds', values['outage-seconds'], 600, 86_400) * 1_000
  const freezeMs = numberOf('--freeze-seconds', values['freeze-seconds'], 60, 86_400) * 1_000
  return {
    ...profile,
    changes: numberOf('--changes', values.changes, profile.changes, 1_000_000),
    faults: numberOf('--faults', values.faults, profile.faults, 10_000),
    coldStarts: numberOf('--cold-starts', values['cold-starts'], isAlone ? 0 : profile.coldStarts, 24),
    seed: values.seed,
    topologies: isAlone ? [] : topologiesOf(values.nats),
    endurance: values.endurance ? { outageMs, freezeMs } : undefined,
    binaries: values['nats-server'],
    report: values.report,
    keep: values.keep,
  }
}

function numberOf(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= max)) throw new TypeError(`${name} must be a whole number from 0 to ${max}`)
  return number
}

function topologiesOf(text: string): readonly Topology[] {
  if (text === 'both') return TOPOLOGIES
  const topology = TOPOLOGIES.find((each) => each === text)
  if (topology === undefined) throw new TypeError('--nats must be single, cluster or both')
  return [topology]
}
