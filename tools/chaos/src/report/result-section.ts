import { agreedIn, type BinaryResult, counted, findingsOf, seconds, verdictOn } from './summary.js'

/** What the random faults and the cold starts came to. */
export function resultSection(result: BinaryResult, circumstances: string): string | undefined {
  const { runs, coldStarts } = result
  if (runs.length === 0) return undefined
  const findings = findingsOf({ ...result, endurance: undefined })
  const rows = [
    ['', ...runs.map(({ topology }) => (topology === 'single' ? 'single node' : 'three-node cluster'))],
    ['---', ...runs.map(() => '---')],
    ['changes acknowledged', ...runs.map(({ writes }) => String(writes.acknowledged))],
    ['changes refused', ...runs.map(({ writes }) => String(writes.refused))],
    ['changes without an answer', ...runs.map(({ writes }) => String(writes.unknown))],
    ['faults', ...runs.map(({ faults }) => counted(faults).replaceAll(', ', '<br>'))],
    ['tokens asked for', ...runs.map(({ exchanges }) => String(exchanges.asked))],
    ['not granted by the disturbed replica itself', ...runs.map(({ exchanges }) => counted(exchanges.excused).replaceAll(', ', '<br>'))],
    ['failed otherwise', ...runs.map(({ exchanges }) => counted(exchanges.failed).replaceAll(', ', '<br>'))],
    ['aggregates compared', ...runs.map(({ entries }) => String(entries))],
    ['until all digests were equal', ...runs.map(({ convergedMs }) => agreedIn(convergedMs))],
    ['lost or invented', ...runs.map((run) => String(run.findings.length))],
  ]
  const cold =
    coldStarts === undefined
      ? ''
      : `\nCold starts on an empty directory: ${coldStarts.orders} orders, all ready at most ${seconds(coldStarts.slowestMs)} s after the last process was up.\n`
  return [`${circumstances} ${verdictOn(findings)}`, '', ...rows.map((cells) => `| ${cells.join(' | ')} |`), cold].join('\n')
}
