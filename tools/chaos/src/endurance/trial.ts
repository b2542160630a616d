import { setTimeout as delay } from 'node:timers/promises'

import { type ChaosWorld } from '../chaos-world.js'
import { type Fault } from '../faults/fault.js'
import { FaultRunner } from '../faults/fault-runner.js'
import { type AdminLoad } from '../load/admin-load.js'
import { type ExchangeCounts, ExchangeLoad } from '../load/exchange-load.js'
import { type Finding } from '../verification/evidence.js'
import { HEALS_WITHIN_MS } from '../verification/verifier.js'
import { type Measured, type Witness } from './witness.js'

/** One fault that lasts, with what is to be seen meanwhile. */
export interface Trial {
  readonly title: string
  /** Ids of the cases that it shows. */
  readonly cases: readonly string[]
  readonly fault: Fault
  /** Changes that are asked for, one after the other over `changesMs`, all of which have to be acknowledged. */
  readonly changes: number
  readonly changesMs: number
  readonly witnesses: (world: ChaosWorld) => Promise<readonly Witness[]>
}

export interface TrialResult {
  readonly title: string
  readonly cases: readonly string[]
  /** Changes that were acknowledged, those of the witnesses included. */
  readonly acknowledged: number
  readonly exchanges: ExchangeCounts
  /** From the end of the fault; `undefined` = not within 30 s. */
  readonly convergedMs: number | undefined
  readonly measured: readonly Measured[]
  readonly findings: readonly Finding[]
}

export interface TrialTools {
  readonly load: AdminLoad
  readonly exchangePauseMs: number
  readonly say: (line: string) => void
  /** Some of the tokens, for the search for secrets. */
  readonly tokens: Set<string>
}

/** Breaks one thing under load, waits until all agree again, and says what was not as it has to be. */
export async function runTrial(world: ChaosWorld, trial: Trial, { load, exchangePauseMs, say, tokens }: TrialTools): Promise<TrialResult> {
  const { stack, nats, journal, prepared, verifier } = world
  const witnesses = await trial.witnesses(world)
  const exchanges = new ExchangeLoad(stack.of('token-service'), prepared.clients, stack.disturbances, exchangePauseMs)
  const findings: Finding[] = []
  const faults = new FaultRunner(stack, nats, [{ atChange: 0, fault: trial.fault }], {
    say,
    onFailure: (detail) => findings.push({ code: 'not in time', detail }),
  })
  const begunMs = performance.now()
  exchanges.start()
  for (const witness of witnesses) witness.begin()
  await faults.before(0)
  const [healedMs] = await Promise.all([faults.over().then(() => performance.now()), changeSteadily(load, trial)])
  const agreed = verifier.converged().then((ms) => (ms === undefined ? undefined : performance.now() - healedMs))
  const [convergedMs, seen] = await Promise.all([agreed, Promise.all(witnesses.map((witness) => witness.end()))])
  const counts = await exchanges.stop()
  for (const token of exchanges.tokens) tokens.add(token)
  const writes = journal.since(begunMs)
  const acknowledged = writes.filter(({ write }) => write.outcome === 'acknowledged').length
  const failed = writes.filter(({ write }) => write.outcome !== 'acknowledged')
  findings.push(
    ...seen.flatMap((each) => each.findings),
    ...failed.map(({ aggregate: { kind, name }, write }): Finding => ({
      code: 'failed change',
      detail: `${write.operation} of ${kind} ${name}: ${write.said}`,
    })),
    ...Object.entries(counts.failed).map(([cause, count]): Finding => ({ code: 'failed exchange', detail: `${count} × ${cause}` })),
  )
  if (acknowledged < trial.changes) findings.push({ code: 'failed change', detail: `${acknowledged} of ${trial.changes} acknowledged` })
  if (convergedMs === undefined || convergedMs > HEALS_WITHIN_MS) {
    findings.push({ code: 'not in time', detail: 'databases, buckets and replicas do not agree 30 s after the fault' })
  }
  const { title, cases } = trial
  const measured = seen.flatMap((each) => each.measured)
  const named = findings.map(({ code, detail }): Finding => ({ code, detail: `${title}: ${detail}` }))
  return { title, cases, acknowledged, exchanges: counts, convergedMs, measured, findings: named }
}

async function changeSteadily(load: AdminLoad, { changes, changesMs }: Trial): Promise<void> {
  const begunMs = performance.now()
  for (let change = 0; change < changes; change += 1) {
    const aheadMs = (change / changes) * changesMs - (performance.now() - begunMs)
    if (aheadMs > 0) await delay(aheadMs)
    await load.step()
  }
}
