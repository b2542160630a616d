import { availableParallelism } from 'node:os'

import { agreedIn, type BinaryResult, counted, enduranceFindings, seconds, verdictOn } from './summary.js'

/** What the long faults came to. */
export function enduranceSection({ endurance }: BinaryResult, circumstances: string): string | undefined {
  if (endurance === undefined) return undefined
  const { trials, entries, machineLoad } = endurance
  const rows = [
    ['fault', 'changes acknowledged', 'tokens granted', 'not granted by the stopped replica', 'failed otherwise', 'equal digests', 'seen'],
    Array.from({ length: 7 }, () => '---'),
    ...trials.map(({ title, cases, acknowledged, exchanges, convergedMs, measured }) => [
      cases.length === 0 ? title : `${title} (${cases.join(', ')})`,
      String(acknowledged),
      `${exchanges.granted} of ${exchanges.asked}`,
      counted(exchanges.excused),
      counted(exchanges.failed),
      agreedIn(convergedMs),
      measured.map(({ what, ms }) => `${what} after ${seconds(ms)} s`).join('<br>'),
    ]),
  ]
  const shared = machineLoad > availableParallelism() ? ', so it was shared with other work and short of time' : ''
  return [
    `${circumstances} ${verdictOn(enduranceFindings(endurance))}`,
    `Load of the machine in the last 15 minutes: ${machineLoad.toFixed(1)} on ${availableParallelism()} processors${shared}.`,
    `${entries} aggregates were compared at the end.`,
    '',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}
