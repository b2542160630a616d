import { expect, it } from 'vitest'

import { FIXED_NOW, FIXED_NOW_MS, FIXED_NOW_SECONDS, fixedClock } from './fixed-clock.js'

it('a fixed clock stands until it is moved, in either direction', () => {
  const { nowMs, nowSeconds, advanceMs } = fixedClock()
  expect([nowMs(), nowSeconds(), FIXED_NOW]).toEqual([FIXED_NOW_MS, FIXED_NOW_SECONDS, '2026-11-01T10:00:00.000Z'])
  advanceMs(1_999)
  expect([nowMs() - FIXED_NOW_MS, nowSeconds() - FIXED_NOW_SECONDS]).toEqual([1_999, 1])
  advanceMs(-3_600_000)
  expect(nowMs()).toBe(FIXED_NOW_MS + 1_999 - 3_600_000)
})
