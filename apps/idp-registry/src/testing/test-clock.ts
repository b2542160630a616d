import { FIXED_NOW_MS } from '@cambio/testing'

import { Clock } from '../clock/clock.js'

/** Both times stand until a test moves them, each by itself. */
export class TestClock extends Clock {
  #wallMs = FIXED_NOW_MS
  #monotonicMs = 0

  override now(): Date {
    return new Date(this.#wallMs)
  }

  override monotonicMs(): number {
    return this.#monotonicMs
  }

  /** Time passes. */
  advance(ms: number): void {
    this.#wallMs += ms
    this.#monotonicMs += ms
  }

  /** Somebody sets the wall clock. */
  setBack(ms: number): void {
    this.#wallMs -= ms
  }
}
