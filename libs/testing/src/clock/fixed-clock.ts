/** The moment at which tests take place, in milliseconds since the epoch: 2026-11-01T10:00:00.000Z. */
export const FIXED_NOW_MS = Date.UTC(2026, 10, 1, 10)

/** The same in seconds, as `iat` and `exp` count. */
export const FIXED_NOW_SECONDS = FIXED_NOW_MS / 1_000

/** The same as feed values and answers write it. */
export const FIXED_NOW = new Date(FIXED_NOW_MS).toISOString()

/** A clock that stands until a test moves it. */
export interface FixedClock {
  /** Milliseconds since the epoch; bound, so that it can be passed on as a function. */
  readonly nowMs: () => number
  /** Seconds since the epoch, whole. */
  readonly nowSeconds: () => number
  /** Moves it; a negative number moves it back, as an operator or NTP does. */
  readonly advanceMs: (byMs: number) => void
}

/** A clock that stands at `startMs`, by default at `FIXED_NOW_MS`. */
export function fixedClock(startMs: number = FIXED_NOW_MS): FixedClock {
  let currentMs = startMs
  return {
    nowMs: () => currentMs,
    nowSeconds: () => Math.floor(currentMs / 1_000),
    advanceMs: (byMs) => {
      currentMs += byMs
    },
  }
}
