import { describe, expect, it } from 'vitest'

import { SeededRandom } from '../random/seeded-random.js'
import { faultPlan } from './fault-plan.js'

const options = { topology: 'cluster', changes: 5_000, faults: 60, longestMs: 12_000 } as const
const plan = (seed: string, more: Partial<Parameters<typeof faultPlan>[1]> = {}) =>
  faultPlan(new SeededRandom(seed), { ...options, ...more })

describe('the plan of faults', () => {
  it('follows from the seed alone', () => {
    expect(plan('a')).toEqual(plan('a'))
    expect(plan('a')).not.toEqual(plan('b'))
  })

  it('has every kind of fault, on every node and replica', () => {
    const faults = plan('a').map(({ fault }) => fault)
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(
      new Set([
        'kill -9 of a replica',
        'kill -9 of a service',
        'SIGSTOP of a replica',
        'replica file tampered with',
        'kill -9 of a NATS node',
        'SIGSTOP of a NATS node',
        'NATS store wiped',
        'all NATS stores wiped',
        'NATS away',
        'kill -9 of everything',
      ]),
    )
    expect(new Set(faults.flatMap((fault) => ('node' in fault ? [fault.node] : [])))).toEqual(new Set([0, 1, 2]))
    expect(new Set(faults.flatMap((fault) => ('service' in fault ? [fault.service] : []))).size).toBe(3)
  })

  it('knows one node where there is one', () => {
    const nodes = plan('a', { topology: 'single' }).flatMap(({ fault }) => ('node' in fault ? [fault.node] : []))
    expect(new Set(nodes)).toEqual(new Set([0]))
  })

  it('comes in order, between the first and the last change, and lasts no longer than it may', () => {
    const faults = plan('a')
    const places = faults.map(({ atChange }) => atChange)
    expect(places).toEqual(places.toSorted((left, right) => left - right))
    expect(Math.min(...places)).toBeGreaterThan(0)
    expect(Math.max(...places)).toBeLessThan(5_000)
    for (const { fault } of faults) if ('forMs' in fault) expect(fault.forMs).toBeLessThanOrEqual(12_000)
  })
})
