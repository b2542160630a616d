import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

import { type Distribution } from './distribution.js'
import { type Phase, type PropagationBench } from './propagation.bench.js'

/** What is aimed at, from the administrator's 2xx to the first changed answer of every token service: the 99th percentile. */
export const AIMS_MS = { idle: 50, loaded: 1_000 } as const

export const START_MARKER = '<!-- propagation: written by `npm run bench:propagation -- --report` -->'
export const END_MARKER = '<!-- end of propagation -->'

/** Every line of the report, as it stands in the docs and on the console. */
export function propagationReport({ idle, loaded }: PropagationBench, machine: string): string {
  return [
    `${machine}; the load generator and all services run on this machine. ${new Date().toISOString().slice(0, 10)}.`,
    '',
    'Time from the administrator’s 2xx (a PATCH of a client’s token lifetime) to the first changed answer of each token service, which is',
    'asked for exchanges on one connection, each 2 ms after the answer before; 0 = changed before the administrator was answered.',
    '',
    ...table('Idle', idle, AIMS_MS.idle),
    '',
    ...table(`Under ${loadOf(loaded)}`, loaded, AIMS_MS.loaded),
  ].join('\n')
}

/** Puts the report into a page: between its markers, or at the end. */
export function writeReport(file: string, report: string): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '# Cambio: performance\n\n## Propagation of a change\n'
  const block = `${START_MARKER}\n\n${report}\n\n${END_MARKER}`
  const [from, to] = [page.indexOf(START_MARKER), page.indexOf(END_MARKER)]
  const text = from < 0 || to < from ? `${page.trimEnd()}\n\n${block}\n` : page.slice(0, from) + block + page.slice(to + END_MARKER.length)
  writeFileSync(file, text)
}

/** Processors, memory and versions. */
export function describeMachine(natsVersion: string): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `${cpus().length} × ${model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, nats-server ${natsVersion}, commit ${commit()}`
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown' // run from an archive without history
  }
}

function table(title: string, phase: Phase, aimMs: number): string[] {
  const verdict = phase.all.p99Ms <= aimMs ? 'reached' : 'missed'
  return [
    `**${title}** (${phase.changes} changes; aim: p99 ≤ ${aimMs} ms on all of them, ${verdict})`,
    '',
    '| milliseconds | p50 | p90 | p99 | max |',
    '|---|---|---|---|---|',
    ...phase.services.map((each, index) => row(`token service ${index + 1}`, each)),
    row('the last of the three', phase.all),
    row('the administrator waits for the 2xx', phase.write),
  ]
}

const row = (name: string, { p50Ms, p90Ms, p99Ms, maxMs }: Distribution): string =>
  `| ${[name, ...[p50Ms, p90Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1))].join(' | ')} |`

const loadOf = ({ load }: Phase): string =>
  load === undefined
    ? 'no load'
    : `a full exchange load on all three: ${load.perSecond.toFixed(0)} exchanges/s in all, ${load.failures} failed`
