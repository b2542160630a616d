import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@cambio/local-stack'
import { describe, expect, it } from 'vitest'

import { type EnduranceResult } from '../endurance/endurance.js'
import { type TrialResult } from '../endurance/trial.js'
import { assertHasMarkers, withResult } from './reliability-page.js'
import { type BinaryResult, findingsOf, summaryOf } from './summary.js'

const run = {
  topology: 'single',
  findings: [],
  writes: { acknowledged: 9, unknown: 2, refused: 1 },
  faults: { 'NATS away': 3 },
  exchanges: { asked: 20, granted: 18, excused: { 'kill -9': 2 }, failed: {} },
  convergedMs: 1_234,
  entries: 77,
  tookMs: 5_000,
} as const

const result = (version: string, more: Partial<BinaryResult> = {}): BinaryResult => ({
  version,
  seed: 'seed-1',
  runs: [run],
  coldStarts: { orders: 24, slowestMs: 2_300, findings: [] },
  endurance: undefined,
  ...more,
})

const endured = (more: Partial<TrialResult> = {}): EnduranceResult => ({
  trials: [
    {
      title: 'NATS down for 600 s',
      cases: ['EV-04'],
      acknowledged: 100,
      exchanges: { asked: 4_000, granted: 4_000, excused: {}, failed: {} },
      convergedMs: 2_100,
      measured: [{ what: 'told “stale”', ms: 21_000 }],
      findings: [],
      ...more,
    },
  ],
  findings: [],
  entries: 88,
  tookMs: 900_000,
  machineLoad: 1_000,
})

const at = new Date('2026-11-22T00:00:00Z')
const page =
  'Prose.\n\n<!-- chaos: results, written by `npm run chaos -- --long --report` -->\n<!-- chaos: end of results -->\n\nMore prose.\n\n' +
  '<!-- chaos: endurance, written by `npm run chaos -- --endurance --report` -->\n<!-- chaos: end of endurance -->\n'

describe('the page about reliability', () => {
  it('has a section for each version, in their order, and keeps what is around', () => {
    const written = withResult(withResult(page, result('2.15.1'), at), result('2.9.10'), at)
    expect(written.indexOf('### nats-server 2.9.10')).toBeLessThan(written.indexOf('### nats-server 2.15.1'))
    expect(written.startsWith('Prose.\n\n')).toBe(true)
    expect(written).toContain('-->\n\nMore prose.\n\n<!--')
  })

  it('has the newest result of a version alone', () => {
    const written = withResult(withResult(page, result('2.9.10', { seed: 'old' }), at), result('2.9.10', { seed: 'new' }), at)
    expect(written.match(/### nats-server/g)).toHaveLength(1)
    expect(written).toContain('seed `new`')
    expect(written).not.toContain('seed `old`')
  })

  it('says what it was made with and what came out', () => {
    const written = withResult(page, result('2.9.10'), at)
    for (const said of [
      '2026-11-22',
      'seed-1',
      process.version,
      '3 × NATS away',
      '2 × kill -9',
      '| 1.2 s |',
      '24 orders',
      'Nothing was lost',
    ]) {
      expect(written).toContain(said)
    }
  })

  it('says so when something was found', () => {
    const bad = result('2.9.10', { runs: [{ ...run, findings: [{ code: 'lost write', detail: 'one' }] }] })
    expect(withResult(page, bad, at)).toContain('**1 findings: not as promised.**')
    expect(findingsOf(bad)).toHaveLength(1)
    expect(summaryOf(bad).join('\n')).toContain('lost write: one')
  })

  it('has the long faults in a part of their own, with all that was measured, and changes the other only where it was made too', () => {
    const written = withResult(
      withResult(page, result('2.9.10'), at),
      result('2.9.10', { runs: [], seed: 'long', endurance: endured() }),
      at,
    )
    const [results, endurance] = written.split('<!-- chaos: endurance')
    expect(results).toContain('seed `seed-1`')
    const row = '| NATS down for 600 s (EV-04) | 100 | 4000 of 4000 | none | none | 2.1 s | told “stale” after 21.0 s |'
    for (const said of [row, 'seed `long`', '88 aggregates', 'shared with other work', 'Nothing was lost'])
      expect(endurance).toContain(said)
  })

  it('says so when a long fault did not end as promised', () => {
    const findings = [{ code: 'no alert', detail: 'nobody was told' }] as const
    const bad = result('2.9.10', { runs: [], coldStarts: undefined, endurance: endured({ findings, convergedMs: undefined }) })
    expect(withResult(page, bad, at)).toContain('**1 findings: not as promised.**')
    expect(summaryOf(bad).join('\n')).toMatch(/1 findings[\s\S]*equal digests not within 30 s[\s\S]*no alert: nobody was told/)
  })

  it('is refused without its markers, and the real page has them', () => {
    expect(() => withResult('Prose.', result('2.9.10'), at)).toThrow(TypeError)
    expect(() => {
      assertHasMarkers(page.replace('chaos: endurance', ''))
    }).toThrow(TypeError)
    assertHasMarkers(readFileSync(join(workspaceRoot(), 'docs/reliability.md'), 'utf8'))
    expect(withResult(readFileSync(join(workspaceRoot(), 'docs/reliability.md'), 'utf8'), result('2.9.10'), at)).toContain('seed-1')
  })
})
