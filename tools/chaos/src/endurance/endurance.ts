import { loadavg } from 'node:os'

import { ChaosWorld } from '../chaos-world.js'
import { ALWAYS_POSSIBLE, AdminLoad } from '../load/admin-load.js'
import { type Finding } from '../verification/evidence.js'
import { entriesOf } from '../verification/verifier.js'
import { runTrial, type TrialResult } from './trial.js'
import { type TrialLengths, trials } from './trials.js'

export interface EnduranceOptions extends TrialLengths {
  readonly seed: string
  /** The nats-server. */
  readonly binary: string
  readonly keep: boolean
  readonly say: (line: string) => void
}

export interface EnduranceResult {
  readonly trials: readonly TrialResult[]
  /** Of the verification of everything at the end. */
  readonly findings: readonly Finding[]
  readonly entries: number
  readonly tookMs: number
  /** Processes that wanted to run, on average over the last 15 minutes, those of others included. */
  readonly machineLoad: number
}

/** A load that leaves the machine to others: each token service is asked about twice a second. */
const EXCHANGE_PAUSE_MS = 500

/** Long faults one after the other on a single node; then everything is looked at. */
export async function endurance(options: EnduranceOptions): Promise<EnduranceResult> {
  const begunMs = performance.now()
  const world = await ChaosWorld.start({ ...options, topology: 'single' })
  let keep = true
  try {
    const { random, sender, journal, prepared, verifier } = world
    const load = new AdminLoad(random.derive('changes'), sender, journal, prepared.organizations, ALWAYS_POSSIBLE)
    const tokens = new Set<string>()
    const results: TrialResult[] = []
    for (const trial of trials(options)) {
      options.say(trial.title)
      results.push(await runTrial(world, trial, { load, exchangePauseMs: EXCHANGE_PAUSE_MS, say: options.say, tokens }))
    }
    const evidence = await verifier.evidence()
    const findings = [...verifier.judge(evidence), ...world.findings(evidence, tokens, { failed: {} })]
    keep = options.keep || [...findings, ...results.flatMap((result) => result.findings)].length > 0
    const [, , machineLoad = 0] = loadavg()
    return { trials: results, findings, entries: entriesOf(evidence), tookMs: performance.now() - begunMs, machineLoad }
  } finally {
    if (keep) options.say(`logs and journal: ${world.stack.directory.path}`)
    await world.stop(keep)
  }
}
