import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type Distribution } from './distribution.js'
import { type PropagationBench } from './propagation.bench.js'
import { END_MARKER, propagationReport, START_MARKER, writeReport } from './report.js'

const upTo = (maxMs: number): Distribution => ({ count: 200, p50Ms: 1, p90Ms: 2, p99Ms: maxMs, maxMs })

const measured: PropagationBench = {
  idle: { changes: 200, services: [upTo(12), upTo(13), upTo(14)], all: upTo(14), write: upTo(5), load: undefined },
  loaded: {
    changes: 200,
    services: [upTo(80), upTo(90), upTo(1_200)],
    all: upTo(1_200),
    write: upTo(50),
    load: { perSecond: 3210.4, failures: 2 },
  },
}

describe('the report of the propagation', () => {
  it('has every service, the slowest of them, the load and whether the aims are reached', () => {
    const report = propagationReport(measured, '2 × a processor')
    expect(report).toContain('2 × a processor')
    expect(report).toContain('**Idle** (200 changes; aim: p99 ≤ 50 ms on all of them, reached)')
    expect(report).toContain('3210 exchanges/s in all, 2 failed** (200 changes; aim: p99 ≤ 1000 ms on all of them, missed)')
    expect(report).toContain('| token service 3 | 1.0 | 2.0 | 1200.0 | 1200.0 |')
    expect(report).toContain('| the last of the three | 1.0 | 2.0 | 14.0 | 14.0 |')
  })
})

describe('the page of the report', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cambio-report-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('is made when it is not there, and rewritten between its markers alone', () => {
    const page = join(folder, 'performance.md')
    writeReport(page, 'first')
    const made = readFileSync(page, 'utf8')
    expect(made).toContain(`${START_MARKER}\n\nfirst\n\n${END_MARKER}\n`)
    writeFileSync(page, `${made}\n## Something else\n`)
    writeReport(page, 'second')
    expect(readFileSync(page, 'utf8')).toBe(`${made.replace('first', 'second')}\n## Something else\n`)
  })

  it('keeps what another wrote in it', () => {
    const page = join(folder, 'performance.md')
    writeFileSync(page, '# Figures\n\nOf others.\n')
    writeReport(page, 'mine')
    expect(readFileSync(page, 'utf8')).toBe(`# Figures\n\nOf others.\n\n${START_MARKER}\n\nmine\n\n${END_MARKER}\n`)
  })
})
