export interface Clocks {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds of a clock that nobody sets. */
  readonly uptimeMs: () => number
}

/**
 * When a replica was last known to hold all that its bucket holds. Only an age that comes from the disk depends on clocks that
 * somebody may set; from then on it grows with time itself.
 */
export class ReplicaAge {
  readonly #clocks: Clocks
  #verifiedAtUptimeMs: number | undefined

  constructor(clocks: Clocks) {
    this.#clocks = clocks
  }

  /** `undefined` = never verified. */
  get seconds(): number | undefined {
    if (this.#verifiedAtUptimeMs === undefined) return undefined
    return Math.max(0, (this.#clocks.uptimeMs() - this.#verifiedAtUptimeMs) / 1_000)
  }

  /** It is all there now. */
  verified(): void {
    this.#verifiedAtUptimeMs = this.#clocks.uptimeMs()
  }

  /** It was all there then, by the clock of whoever wrote it; a time still to come counts as now. */
  wasVerified(at: Date): void {
    const { now, uptimeMs } = this.#clocks
    this.#verifiedAtUptimeMs = uptimeMs() - Math.max(0, now() - at.getTime())
  }
}
