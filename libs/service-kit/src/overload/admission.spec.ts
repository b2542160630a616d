import { describe, expect, it } from 'vitest'

import { Admission } from './admission.js'

/** Requests on a clock of their own: each is computed for as long as it is told. */
class Load {
  nowMs = 0
  readonly admission: Admission

  constructor(targetMs = 10) {
    this.admission = new Admission({ targetMs, nowMs: () => this.nowMs })
  }

  /** Requests of the same millisecond; gives how many are taken. */
  arrive(count: number): number {
    return Array.from({ length: count }, () => this.admission.enter()).filter(Boolean).length
  }

  leave(count: number): void {
    for (let index = 0; index < count; index += 1) this.admission.leave()
  }

  /** For so long: a number arrives each millisecond and a processor completes another number. Gives what is taken and refused. */
  run(milliseconds: number, arriving: number, completing: number): { taken: number; refused: number; most: number } {
    const result = { taken: 0, refused: 0, most: 0 }
    for (let index = 0; index < milliseconds; index += 1) {
      this.nowMs += 1
      const { computing } = this.admission.status()
      this.leave(Math.min(completing, computing))
      const taken = this.arrive(arriving)
      result.taken += taken
      result.refused += arriving - taken
      result.most = Math.max(result.most, this.admission.status().computing)
    }
    return result
  }
}

describe('what is admitted under overload (RS-14)', () => {
  it('is all that the processor can do, and little more waits than is completed in the target time', () => {
    const load = new Load(10)
    load.run(1_000, 12, 4)
    const { taken, refused, most } = load.run(1_000, 12, 4)
    expect(taken).toBeGreaterThanOrEqual(3_990)
    expect(refused).toBeGreaterThanOrEqual(7_900)
    expect(most).toBeLessThanOrEqual(45) // 4 each millisecond for 10 ms, and some rounding
    expect(load.admission.status().limit).toBeGreaterThanOrEqual(35)
  })

  it('follows the machine: a limit that is measured, not set', () => {
    const slow = new Load(10)
    slow.run(2_000, 3, 1)
    expect(slow.admission.status().limit).toBeLessThanOrEqual(20)
    const fast = new Load(10)
    fast.run(2_000, 60, 20)
    expect(fast.admission.status().limit).toBeGreaterThanOrEqual(150)
  })

  it('is everything while the processor keeps up, also in bursts', () => {
    const load = new Load(10)
    expect(load.run(1_000, 3, 4).refused).toBe(0)
    let refused = 0
    for (let burst = 0; burst < 20; burst += 1) {
      refused += 100 - load.arrive(100)
      refused += load.run(300, 0, 4).refused
    }
    expect(refused).toBe(0)
  })

  it('is everything again after the overload', () => {
    const load = new Load(10)
    expect(load.run(1_000, 12, 4).refused).toBeGreaterThan(0)
    load.run(300, 0, 4)
    expect(load.run(1_000, 3, 4).refused).toBe(0)
    expect(load.admission.status().shed).toBeGreaterThan(0)
  })

  it('leaves out what waits for somebody else, which has a bound of its own', async () => {
    const load = new Load(10)
    const waiting = Promise.withResolvers<string>()
    const waits: Promise<string>[] = []
    for (let index = 0; index < 501; index += 1) {
      load.nowMs += 1
      expect(load.admission.enter()).toBe(true)
      waits.push(load.admission.wait(() => waiting.promise, 'full'))
    }
    expect(await waits[500]).toBe('full')
    expect(load.admission.status().computing).toBe(1) // the one that need not wait
    waiting.resolve('answered')
    expect(await Promise.all(waits.slice(0, 500))).toEqual(Array.from({ length: 500 }, () => 'answered'))
    load.leave(501)
    expect(load.admission.status().computing).toBe(0)
    await expect(load.admission.wait(() => Promise.reject(new Error('broken')), 'full')).rejects.toThrow('broken')
    expect(load.admission.status().computing).toBe(0)
  })
})
