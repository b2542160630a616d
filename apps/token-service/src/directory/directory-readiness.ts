/** How old the last look may be. Asking every replica at each request would cost more than it tells. */
const LOOK_AGAIN_MS = 100

/** What a replica says of itself. */
export interface ReplicaReadiness {
  readonly ready: boolean
  readonly ageSeconds: number | undefined
}

/** Whether decisions may be made on the memory that the feed fills. Before it is complete, what is unknown is not refused but 503. */
export class DirectoryReadiness {
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #missing: 'service.not_ready' | 'service.too_stale' | undefined = 'service.not_ready'

  constructor(private readonly states: () => readonly ReplicaReadiness[]) {}

  /** Why no decision may be made at a moment; undefined when one may. */
  missingAt(nowMs: number): 'service.not_ready' | 'service.too_stale' | undefined {
    // Whoever has just read from /readyz that this process is ready must not be refused; and also when the clock was set back.
    if (this.#missing !== undefined || Math.abs(nowMs - this.#lookedAtMs) >= LOOK_AGAIN_MS) {
      this.#lookedAtMs = nowMs
      this.#missing = this.#look()
    }
    return this.#missing
  }

  #look(): 'service.not_ready' | 'service.too_stale' | undefined {
    const missing = this.states().filter((state) => !state.ready)
    if (missing.length === 0) return undefined
    // A replica that was complete once and is not ready now has grown too old (CAMBIO_MAX_STALENESS_SECONDS).
    return missing.every((state) => state.ageSeconds !== undefined) ? 'service.too_stale' : 'service.not_ready'
  }
}
