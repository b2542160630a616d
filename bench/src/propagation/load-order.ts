import { type LoadRequest } from '../load.js'

/** What the parent sends. */
export interface LoadOrder {
  readonly urls: readonly string[]
  readonly requests: readonly LoadRequest[]
  /** To each of the servers. */
  readonly connections: number
}

/** What it says once it has ended. */
export interface LoadOutcome {
  readonly perSecond: number
  readonly failures: number
}
