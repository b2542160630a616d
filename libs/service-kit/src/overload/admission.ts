/** The limit before anything has been measured. */
const FIRST_LIMIT = 32
/** Requests that are always taken: with fewer the processors of a slow machine would not be busy. */
const LEAST_LIMIT = 16
const GREATEST_LIMIT = 1_024

/** A measurement ends after this time, idle moments left out, and so many requests. */
const WINDOW_MS = 50
const WINDOW_REQUESTS = 10

/** A burst is no overload: while fewer than half of the limit were computed on average of late, this many times the limit is taken. */
const BURST = 5
/** The time constant of that average. A queue that empties and fills within it is a standing one all the same. */
const MEMORY_MS = 100

/** Requests that wait for somebody else (a registry, the database) at one time. */
const MOST_WAITING = 500

export interface AdmissionOptions {
  /** How long a request may take on average, waits for others left out, before further ones are refused. */
  readonly targetMs: number
  /** Milliseconds of a clock that nobody sets. Default `performance.now`. */
  readonly nowMs?: () => number
}

export interface AdmissionStatus {
  /** Requests that are being computed now. */
  readonly computing: number
  /** As many may be while there is overload. */
  readonly limit: number
  /** Requests refused since the start. */
  readonly shed: number
}

/**
 * Decides which requests are taken, so that those which are taken are answered soon (docs/adr/0012). What is counted are requests that
 * are being computed; what waits for another server takes no part of a processor, and has a bound of its own. The limit is
 * measured: as many requests as this process completes in the target time.
 */
export class Admission {
  readonly #targetMs: number
  readonly #nowMs: () => number
  #limit = FIRST_LIMIT
  #computing = 0
  #waiting = 0
  #shed = 0
  /** How many were computed of late. */
  #meanComputing = 0
  /** The measurement: requests completed, the time in which there were any, and the time that all of them together spent. */
  #changedAtMs: number
  #busyMs = 0
  #spentMs = 0
  #completed = 0
  #isPressed = false

  constructor({ targetMs, nowMs = () => performance.now() }: AdmissionOptions) {
    this.#targetMs = targetMs
    this.#nowMs = nowMs
    this.#changedAtMs = nowMs()
  }

  status(): AdmissionStatus {
    return { computing: Math.max(0, this.#computing), limit: this.#limit, shed: this.#shed }
  }

  /** Takes a request, which `leave` ends, or refuses it. */
  enter(): boolean {
    this.#spend()
    if (this.#computing >= this.#limit) {
      this.#isPressed = true
      if (!this.#isBurst()) {
        this.#shed += 1
        return false
      }
    }
    this.#computing += 1
    return true
  }

  /** Ends a request that was taken. */
  leave(): void {
    this.#spend()
    this.#computing -= 1
    this.#completed += 1
    if (this.#busyMs >= WINDOW_MS && this.#completed >= WINDOW_REQUESTS) this.#measure()
  }

  /**
   * Waits for somebody else within a request, which makes room for another meanwhile.
   *
   * @param full what is given at once when too many wait already
   */
  async wait<T>(work: () => Promise<T>, full: T): Promise<T> {
    if (this.#waiting >= MOST_WAITING) return full
    this.#spend()
    this.#computing -= 1
    this.#waiting += 1
    try {
      return await work()
    } finally {
      this.#spend()
      this.#computing += 1
      this.#waiting -= 1
    }
  }

  /** A queue that was short a moment ago will be so again soon; one that stands is overload (the idea of CoDel, RFC 8289 §3). */
  #isBurst(): boolean {
    return this.#meanComputing < this.#limit / 2 && this.#computing < this.#limit * BURST
  }

  #spend(): void {
    const nowMs = this.#nowMs()
    const elapsedMs = nowMs - this.#changedAtMs
    if (this.#computing > 0) {
      this.#busyMs += elapsedMs
      this.#spentMs += this.#computing * elapsedMs
    }
    this.#meanComputing += (this.#computing - this.#meanComputing) * (1 - Math.exp(-elapsedMs / MEMORY_MS))
    this.#changedAtMs = nowMs
  }

  /** What is completed in the target time may be under way at once (Little's law). A processor that is not pressed shows less than it can do. */
  #measure(): void {
    const meanComputing = this.#spentMs / this.#busyMs
    if (this.#isPressed || meanComputing > this.#limit / 2) {
      const measured = (this.#completed / this.#busyMs) * this.#targetMs
      this.#limit = Math.round(Math.min(GREATEST_LIMIT, Math.max(LEAST_LIMIT, (this.#limit + measured) / 2)))
    }
    this.#busyMs = 0
    this.#spentMs = 0
    this.#completed = 0
    this.#isPressed = false
  }
}
