export interface PauseWatchOptions {
  /** How late a tick must be for a pause. */
  readonly thresholdMs: number
  /** Pause between ticks; at most half of the threshold is used. */
  readonly tickMs: number
  /** Called at each tick. */
  readonly onTick: () => void
  /** Called before the tick that comes so much too late. */
  readonly onPause: (lateMs: number) => void
}

/**
 * Notices that this process stood still: stopped by a signal, by its container's freezer, with its machine, or in a loop of its own. The
 * monotonic clock tells, as a timer then comes late; where that clock stands still with the machine, the wall clock does. A wall clock
 * that is set forward looks the same.
 */
export class PauseWatch {
  readonly #options: PauseWatchOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: PauseWatchOptions) {
    this.#options = options
  }

  /** A second call does nothing. The timer keeps no process up. */
  start(): void {
    if (this.#timer !== undefined) return
    const { thresholdMs, onTick, onPause } = this.#options
    const tickMs = Math.min(this.#options.tickMs, thresholdMs / 2)
    let last = clocks()
    this.#timer = setInterval(() => {
      const now = clocks()
      const lateMs = Math.max(now.monotonicMs - last.monotonicMs, now.wallMs - last.wallMs) - tickMs
      last = now
      if (lateMs > thresholdMs) onPause(lateMs)
      onTick()
    }, tickMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function clocks(): { readonly monotonicMs: number; readonly wallMs: number } {
  return { monotonicMs: performance.now(), wallMs: Date.now() }
}
