import { describe, expect, it } from 'vitest'

import { SeededRandom } from './seeded-random.js'

const draws = (random: SeededRandom): number[] => Array.from({ length: 200 }, () => random.integer(1, 6))

describe('seeded random numbers', () => {
  it('are the same for the same seed and others for another', () => {
    expect(draws(new SeededRandom('a'))).toEqual(draws(new SeededRandom('a')))
    expect(draws(new SeededRandom('a'))).not.toEqual(draws(new SeededRandom('b')))
  })

  it('of a part do not depend on what another part drew', () => {
    const whole = new SeededRandom('a')
    const before = draws(whole.derive('load'))
    draws(whole)
    expect(draws(whole.derive('load'))).toEqual(before)
    expect(draws(whole.derive('faults'))).not.toEqual(before)
  })

  it('reach both bounds and nothing beyond', () => {
    expect(new Set(draws(new SeededRandom('bounds')))).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  })

  it('follow their weights', () => {
    const random = new SeededRandom('weights')
    const drawn = Array.from({ length: 1_000 }, () => random.weighted({ never: 0, seldom: 1, often: 9 }))
    expect(drawn).not.toContain('never')
    expect(drawn.filter((key) => key === 'often').length).toBeGreaterThan(800)
    expect(drawn).toContain('seldom')
  })
})
