import { type Finding } from '../verification/evidence.js'

/** A time that stands in the report. */
export interface Measured {
  readonly what: string
  readonly ms: number
}

export interface Seen {
  readonly measured: readonly Measured[]
  readonly findings: readonly Finding[]
}

/** Somebody who looks on while something is broken, and knows what it has to look like. */
export interface Witness {
  /** Begins to look; called just before the fault begins. */
  begin(): void
  /** Called when the fault is over. Waits for what has to come right by itself, and tells what was seen. */
  end(): Promise<Seen>
}
