import { availableParallelism, cpus } from 'node:os'

import { enduranceSection } from './endurance-section.js'
import { resultSection } from './result-section.js'
import { type BinaryResult } from './summary.js'

/** A part of the page that is written by this tool, between its markers. */
interface Part {
  readonly begin: string
  readonly end: string
  /** What is under the heading of a version; `undefined` = this was not done. */
  readonly write: (result: BinaryResult, circumstances: string) => string | undefined
}

const parts: readonly Part[] = [
  {
    begin: '<!-- chaos: results, written by `npm run chaos -- --long --report` -->',
    end: '<!-- chaos: end of results -->',
    write: resultSection,
  },
  {
    begin: '<!-- chaos: endurance, written by `npm run chaos -- --endurance --report` -->',
    end: '<!-- chaos: end of endurance -->',
    write: enduranceSection,
  },
]

/**
 * Puts a result into the page: in each part one section for each version of nats-server, the newest version last;
 * everything outside of the markers stays, and so does a part of which nothing was done.
 *
 * @throws TypeError when the page has no markers
 */
export function withResult(page: string, result: BinaryResult, at: Date): string {
  return parts.reduce((written, part) => withPart(written, part, result, at), page)
}

/** @throws TypeError when the page has no place for a result: told before a run, not after it */
export function assertHasMarkers(page: string): void {
  for (const { begin, end } of parts) cutOut(page, begin, end)
}

function cutOut(page: string, begin: string, end: string): { readonly before: string; readonly between: string; readonly after: string } {
  const [before, rest] = page.split(begin)
  const [between, after] = rest?.split(end) ?? []
  if (before === undefined || between === undefined || after === undefined) throw new TypeError(`the page has no markers: ${begin}`)
  return { before, between, after }
}

function withPart(page: string, { begin, end, write }: Part, result: BinaryResult, at: Date): string {
  const { version, seed } = result
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`
  const text = write(result, `${at.toISOString().slice(0, 10)}, seed \`${seed}\`, Node ${process.version}, ${machine}.`)
  if (text === undefined) return page
  const { before, between, after } = cutOut(page, begin, end)
  const sections = new Map(between.split(/^(?=### )/m).flatMap((section) => versionedSection(section)))
  sections.set(version, `### nats-server ${version}\n\n${text}`)
  const ordered = [...sections].sort(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
  return `${before}${begin}\n\n${ordered.map(([, section]) => section.trim()).join('\n\n')}\n\n${end}${after}`
}

function versionedSection(section: string): [string, string][] {
  const version = /^### nats-server (\S+)/.exec(section)?.[1]
  return version === undefined ? [] : [[version, section]]
}
