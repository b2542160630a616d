/** Numbers that follow from a seed alone, so that a run can be repeated. Not for secrets. */
export class SeededRandom {
  #state: number

  /** @param seed any text; the same one gives the same numbers */
  constructor(readonly seed: string) {
    // FNV-1a: neighbouring seeds begin far from each other.
    let hash = 0x811c9dc5
    for (const byte of Buffer.from(seed)) hash = Math.imul(hash ^ byte, 0x01000193)
    this.#state = hash >>> 0
  }

  /** A generator of its own for a part of the run: what the parts draw does not shift each other's numbers. */
  derive(part: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${part}`)
  }

  /** 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of a list. @throws TypeError when it is empty */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new TypeError('there is nothing to pick from')
    return item
  }

  /** One key of a table of weights. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K {
    const entries = Object.entries(weights) as [K, number][]
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
    let left = this.next() * total
    for (const [key, weight] of entries) {
      left -= weight
      if (left < 0) return key
    }
    throw new TypeError('a table of weights must not be empty')
  }
}
