import { setTimeout as delay } from 'node:timers/promises'

import { type FaultKind } from './faults/fault.js'
import { faultPlan } from './faults/fault-plan.js'
import { FaultRunner } from './faults/fault-runner.js'
import { AdminLoad } from './load/admin-load.js'
import { type ExchangeCounts, ExchangeLoad } from './load/exchange-load.js'
import { type WriteOutcome } from './load/journal.js'
import { ChaosWorld } from './chaos-world.js'
import { type Topology } from './stack/chaos-nats.js'
import { type Finding } from './verification/evidence.js'
import { entriesOf } from './verification/verifier.js'

export interface ChaosRunOptions {
  readonly seed: string
  readonly topology: Topology
  /** The nats-server. */
  readonly binary: string
  /** Changes that administrators ask for, at most so many in a second. */
  readonly changes: number
  readonly changesPerSecond: number
  readonly faults: number
  /** The longest freeze and outage. */
  readonly longestFaultMs: number
  /** Pause of each caller for tokens between two requests. */
  readonly exchangePauseMs: number
  /** Whether the directory with logs and journal stays; it does where something was found. */
  readonly keep: boolean
  readonly say: (line: string) => void
}

export interface ChaosResult {
  readonly findings: readonly Finding[]
  readonly writes: Readonly<Record<WriteOutcome, number>>
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  readonly exchanges: ExchangeCounts
  /** From the end of the last fault and of the load; `undefined` = not within 30 s. */
  readonly convergedMs: number | undefined
  /** Documents and tombstones in the databases at the end. */
  readonly entries: number
  readonly tookMs: number
}

/** Administrators at once. */
const WRITERS = 6

/** One run: load and faults, then everything is looked at. */
export async function chaosRun(options: ChaosRunOptions): Promise<ChaosResult> {
  const begunMs = performance.now()
  const world = await ChaosWorld.start(options)
  let keep = true
  try {
    const { stack, nats, random, journal, sender, prepared, verifier } = world
    const token = stack.of('token-service')
    const exchanges = new ExchangeLoad(token, prepared.clients, stack.disturbances, options.exchangePauseMs)
    const findings: Finding[] = []
    const plan = faultPlan(random.derive('faults'), { ...options, longestMs: options.longestFaultMs })
    const faults = new FaultRunner(stack, nats, plan, {
      say: options.say,
      onFailure: (detail) => findings.push({ code: 'not in time', detail }),
    })
    await exchanges.untilGranted()
    exchanges.start()
    await writeAll(new AdminLoad(random.derive('changes'), sender, journal, prepared.organizations), faults, options)
    await faults.over()
    const convergedMs = await verifier.converged()
    const counts = await exchanges.stop()
    if (convergedMs === undefined) findings.push({ code: 'not in time', detail: 'databases, buckets and replicas do not agree after 30 s' })
    const evidence = await verifier.evidence()
    findings.push(...verifier.judge(evidence), ...world.findings(evidence, exchanges.tokens, counts))
    keep = options.keep || findings.length > 0
    return {
      findings,
      writes: journal.counts,
      faults: faults.counts,
      exchanges: counts,
      convergedMs,
      entries: entriesOf(evidence),
      tookMs: performance.now() - begunMs,
    }
  } finally {
    if (keep) options.say(`logs and journal: ${world.stack.directory.path}`)
    await world.stop(keep)
  }
}

async function writeAll(load: AdminLoad, faults: FaultRunner, { changes, changesPerSecond }: ChaosRunOptions): Promise<void> {
  const begunMs = performance.now()
  let next = 0
  const write = async (): Promise<void> => {
    for (let change = (next += 1); change <= changes; change = next += 1) {
      await faults.before(change)
      const aheadMs = (change / changesPerSecond) * 1_000 - (performance.now() - begunMs)
      if (aheadMs > 0) await delay(aheadMs)
      await load.step()
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
}
