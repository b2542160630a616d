import { type ChaosResult } from '../chaos-run.js'
import { type ColdStarts } from '../cold-starts.js'
import { type Topology } from '../stack/chaos-nats.js'
import { type Finding } from '../verification/evidence.js'

/** What was done on one nats-server. */
export interface BinaryResult {
  /** Of nats-server. */
  readonly version: string
  readonly seed: string
  readonly runs: readonly (ChaosResult & { readonly topology: Topology })[]
  readonly coldStarts: ColdStarts | undefined
}

/** Findings that are printed; a single fault of the product may show in every aggregate. */
const PRINTED = 40

export function findingsOf({ runs, coldStarts }: BinaryResult): readonly Finding[] {
  return [...runs.flatMap(({ findings }) => findings), ...(coldStarts?.findings ?? [])]
}

/** The result for whoever reads the terminal. */
export function summaryOf(result: BinaryResult): string[] {
  const { version, seed, runs, coldStarts } = result
  const lines = [`\nnats-server ${version}, seed ${seed}, Node ${process.version}`]
  for (const run of runs) lines.push(...runLines(run))
  if (coldStarts !== undefined) {
    lines.push(`  cold starts       ${coldStarts.orders} orders, the slowest ready after ${seconds(coldStarts.slowestMs)} s`)
  }
  const findings = findingsOf(result)
  lines.push(findings.length === 0 ? '  nothing lost, nothing invented, nothing failed' : `  ${findings.length} findings:`)
  lines.push(...findings.slice(0, PRINTED).map(({ code, detail }) => `  - ${code}: ${detail}`))
  return lines
}

function runLines({ topology, writes, faults, exchanges, convergedMs, entries, tookMs }: BinaryResult['runs'][number]): string[] {
  return [
    `  ${topology} (${seconds(tookMs)} s)`,
    `    changes         ${writes.acknowledged} acknowledged, ${writes.refused} refused, ${writes.unknown} without answer`,
    `    faults          ${counted(faults)}`,
    `    exchanges       ${exchanges.granted} of ${exchanges.asked} granted; at the disturbed replica: ${counted(exchanges.excused)}`,
    `    failed          ${counted(exchanges.failed)}`,
    `    equal digests   ${convergedMs === undefined ? 'not within 30 s' : `after ${seconds(convergedMs)} s`}, ${entries} aggregates`,
  ]
}

/** `3 × kill -9 of a replica, 1 × …`. */
export function counted(counts: Readonly<Partial<Record<string, number>>>): string {
  const parts = Object.entries(counts).map(([what, number]) => `${String(number)} × ${what}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

export const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
