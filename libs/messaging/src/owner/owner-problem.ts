import { type FeedKind } from '@cambio/contracts'
import { StoreUnavailable } from '@cambio/store'
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'

import { BucketUnreadable, FeedUnavailable } from '../feed/feed-bucket.js'
import { type MessagingLog, reasonOf } from '../message-log.js'

/** Why an owner cannot publish or compare, in a word that a metric can carry. */
export type OwnerProblemCode =
  | 'no_connection'
  | 'no_bucket'
  | 'storage_full'
  | 'not_permitted'
  | 'no_answer'
  | 'bucket_unreadable'
  | 'contended'
  | 'store_unavailable'
  | 'other'

export interface OwnerProblem {
  readonly code: OwnerProblemCode
  /** The fault in its own words, for a log or a person. Names no value. */
  readonly reason: string
  readonly since: Date
}

/** JetStream's numbers for a disk or an account that has no room left (`insufficient resources`, `resource limits exceeded`, …). */
const STORAGE_FULL: readonly number[] = [10_002, 10_023, 10_028, 10_047, 10_122]

export function problemCodeOf(error: unknown): OwnerProblemCode {
  if (error instanceof FeedUnavailable) return error.problem
  if (error instanceof BucketUnreadable) return 'bucket_unreadable'
  if (error instanceof StoreUnavailable) return 'store_unavailable'
  if (error instanceof JetStreamApiError) {
    if (STORAGE_FULL.includes(error.code)) return 'storage_full'
    return error.code === JetStreamApiCodes.StreamNotFound ? 'no_bucket' : 'other'
  }
  return problemOfNats(error)
}

function problemOfNats(error: unknown): OwnerProblemCode {
  if (error instanceof errors.PermissionViolationError) return 'not_permitted'
  if (error instanceof errors.TimeoutError || error instanceof errors.NoRespondersError) return 'no_answer'
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) return 'no_connection'
  // A request that failed carries why.
  return error instanceof Error && error.cause !== undefined ? problemOfNats(error.cause) : 'other'
}

/** What an outage begins and ends with in the log. */
export interface OutageWords {
  readonly begins: string
  readonly ends: string
}

/** One task of an owner that is tried again and again: what it fails by now, and one line in the log for each cause and outage, not for each try. */
export class Outage {
  readonly #kind: FeedKind
  readonly #log: MessagingLog
  readonly #words: OutageWords
  readonly #said = new Set<OwnerProblemCode>()
  #problem: OwnerProblem | undefined

  constructor(kind: FeedKind, log: MessagingLog, words: OutageWords) {
    this.#kind = kind
    this.#log = log
    this.#words = words
  }

  get problem(): OwnerProblem | undefined {
    return this.#problem
  }

  failed(error: unknown): void {
    const code = problemCodeOf(error)
    const reason = reasonOf(error)
    this.#problem = { code, reason, since: this.#problem?.since ?? new Date() }
    if (this.#said.has(code)) return
    this.#said.add(code)
    this.#log.warn({ kind: this.#kind, problem: code, reason }, this.#words.begins)
  }

  works(): void {
    if (this.#problem === undefined) return
    this.#problem = undefined
    this.#said.clear()
    this.#log.info({ kind: this.#kind }, this.#words.ends)
  }
}
