import { describe, expect, it } from 'vitest'

import { distributionOf } from './distribution.js'

describe('a distribution', () => {
  it('has the nearest ranks, whatever the order of the samples', () => {
    const samples = Array.from({ length: 200 }, (_, index) => 200 - index)
    expect(distributionOf(samples)).toEqual({ count: 200, p50Ms: 100, p90Ms: 180, p99Ms: 198, maxMs: 200 })
  })

  it('of one sample is that sample', () => {
    expect(distributionOf([7])).toEqual({ count: 1, p50Ms: 7, p90Ms: 7, p99Ms: 7, maxMs: 7 })
  })

  it('of nothing is none', () => {
    expect(() => distributionOf([])).toThrow(TypeError)
  })
})
