import { describe, expect, it } from 'vitest'

import { readTraceparent, traceIdOf } from './trace-context.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const good = `00-${traceId}-00f067aa0ba902b7-01`

describe('a traceparent (W3C Trace Context, §3.2)', () => {
  it('is passed on as it came', () => {
    expect(readTraceparent(good)).toBe(good)
    expect(traceIdOf(good)).toBe(traceId)
  })

  it('of a later version is passed on without what that version added', () => {
    expect(readTraceparent(`cc${good.slice(2)}-what-the-future-brings`)).toBe(good)
    expect(readTraceparent(`01${good.slice(2)}`)).toBe(good)
  })

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['several', `${good}, ${good}`],
    ['several values', [good, good]],
    ['of version ff', `ff${good.slice(2)}`],
    ['of version 00 with more members', `${good}-more`],
    ['in capitals', good.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['a trace id that is too short', `00-${traceId.slice(1)}-00f067aa0ba902b7-01`],
    ['a line break', `${good}\n`],
    ['a forged line', `${good}\n{"level":"error"}`],
    ['endless', `01${good.slice(2)}-${'x'.repeat(1_000)}`],
  ])('that is malformed is none: %s', (_what, header) => {
    expect(readTraceparent(header)).toBeUndefined()
  })
})
