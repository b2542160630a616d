import { type ChaosResult } from '../chaos-run.js'
import { type ColdStarts } from '../cold-starts.js'
import { type EnduranceResult } from '../endurance/endurance.js'
import { type Topology } from '../stack/chaos-nats.js'
import { type Finding } from '../verification/evidence.js'

/** What was done on one nats-server. */
export interface BinaryResult {
  /** Of nats-server. */
  readonly version: string
  readonly seed: string
  readonly runs: readonly (ChaosResult & { readonly topology: Topology })[]
  readonly coldStarts: ColdStarts | undefined
  readonly endurance: EnduranceResult | undefined
}

/** Findings that are printed; a single fault of the product may show in every aggregate. */
const PRINTED = 40

export function findingsOf({ runs, coldStarts, endurance }: BinaryResult): readonly Finding[] {
  return [...runs.flatMap(({ findings }) => findings), ...(coldStarts?.findings ?? []), ...enduranceFindings(endurance)]
}

export function enduranceFindings(endurance: EnduranceResult | undefined): readonly Finding[] {
  return endurance === undefined ? [] : [...endurance.trials.flatMap(({ findings }) => findings), ...endurance.findings]
}

/** The result for whoever reads the terminal. */
export function summaryOf(result: BinaryResult): string[] {
  const { version, seed, runs, coldStarts, endurance } = result
  const lines = [`\nnats-server ${version}, seed ${seed}, Node ${process.version}`]
  for (const run of runs) lines.push(...runLines(run))
  if (coldStarts !== undefined) {
    lines.push(`  cold starts       ${coldStarts.orders} orders, the slowest ready after ${seconds(coldStarts.slowestMs)} s`)
  }
  if (endurance !== undefined) lines.push(...enduranceLines(endurance))
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
    `    equal digests   ${agreedAfter(convergedMs)}, ${entries} aggregates`,
  ]
}

function enduranceLines({ trials, entries, tookMs }: EnduranceResult): string[] {
  return [
    `  endurance (${seconds(tookMs)} s), ${entries} aggregates`,
    ...trials.flatMap(({ title, cases, acknowledged, exchanges: { asked, granted, excused }, convergedMs, measured, findings }) => [
      `    ${[title, ...cases].join(', ')}: ${findings.length === 0 ? 'as promised' : `${findings.length} findings`}`,
      `      ${acknowledged} changes acknowledged, ${granted} of ${asked} tokens granted (at the disturbed replica: ${counted(excused)})`,
      `      equal digests ${agreedAfter(convergedMs)}${measured.map(({ what, ms }) => `; ${what} after ${seconds(ms)} s`).join('')}`,
    ]),
  ]
}

export const agreedAfter = (ms: number | undefined): string => (ms === undefined ? 'not within 30 s' : `after ${seconds(ms)} s`)

export const agreedIn = (ms: number | undefined): string => (ms === undefined ? 'not in 30 s' : `${seconds(ms)} s`)

export function verdictOn(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'Nothing was lost, nothing invented, nothing failed.' : `**${findings.length} findings: not as promised.**`
}

/** `3 × kill -9 of a replica, 1 × …`. */
export function counted(counts: Readonly<Partial<Record<string, number>>>): string {
  const parts = Object.entries(counts).map(([what, number]) => `${String(number)} × ${what}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

export const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
