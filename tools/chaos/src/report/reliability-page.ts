import { availableParallelism, cpus } from 'node:os'

import { type BinaryResult, counted, findingsOf, seconds } from './summary.js'

const BEGIN = '<!-- chaos: results, written by `npm run chaos -- --long --report` -->'
const END = '<!-- chaos: end of results -->'

/**
 * Puts a result into the page: one section for each version of nats-server, the newest version last; everything outside
 * of the markers stays.
 *
 * @throws TypeError when the page has no markers
 */
export function withResult(page: string, result: BinaryResult, at: Date): string {
  const [before, rest] = page.split(BEGIN)
  const [between, after] = rest?.split(END) ?? []
  if (before === undefined || between === undefined || after === undefined) throw new TypeError('the page has no markers for results')
  const sections = new Map(between.split(/^(?=### )/m).flatMap((section) => versionedSection(section)))
  sections.set(result.version, sectionOf(result, at))
  const ordered = [...sections].sort(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
  return `${before}${BEGIN}\n\n${ordered.map(([, section]) => section.trim()).join('\n\n')}\n\n${END}${after}`
}

function versionedSection(section: string): [string, string][] {
  const version = /^### nats-server (\S+)/.exec(section)?.[1]
  return version === undefined ? [] : [[version, section]]
}

function sectionOf(result: BinaryResult, at: Date): string {
  const { version, seed, runs, coldStarts } = result
  const findings = findingsOf(result)
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
    [
      'until all digests were equal',
      ...runs.map(({ convergedMs }) => (convergedMs === undefined ? 'not in 30 s' : `${seconds(convergedMs)} s`)),
    ],
    ['lost or invented', ...runs.map((run) => String(run.findings.length))],
  ]
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`
  const cold =
    coldStarts === undefined
      ? ''
      : `\nCold starts on an empty directory: ${coldStarts.orders} orders, all ready at most ${seconds(coldStarts.slowestMs)} s after the last process was up.\n`
  const verdict =
    findings.length === 0 ? 'Nothing was lost, nothing invented, nothing failed.' : `**${findings.length} findings: not as promised.**`
  return [
    `### nats-server ${version}`,
    '',
    `${at.toISOString().slice(0, 10)}, seed \`${seed}\`, Node ${process.version}, ${machine}. ${verdict}`,
    '',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    cold,
  ].join('\n')
}
