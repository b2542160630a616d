import { type InvalidCursor, type Page } from './collection.js'
import { type Json } from './json.js'
import { type Result } from './result.js'

/** One decision or mutation, as it is recorded. It holds no token and no secret: that is the writer's duty. */
export interface AuditRecord {
  /** Unique over all records. */
  readonly id: string
  readonly org: string
  readonly at: Date
  readonly requestId: string
  readonly clientId?: string
  /** For instance `allowed` or the `error` of the answer. */
  readonly outcome: string
  /** For instance `token.exchange` or `identity-provider.create`. */
  readonly action: string
  readonly detail: Json
}

/** A record with its place in the writer's sequence. */
export interface AuditEntry extends AuditRecord {
  readonly writer: string
  /** From 1, without a gap, for each organization and writer. */
  readonly seq: number
}

/** What is appended in one atomic write: records of one organization by one writer. */
export interface AuditBatch {
  /** Unique to the batch: appending the same batch again (after an outcome that was not known) changes nothing. */
  readonly id: string
  readonly org: string
  /** The process that writes (a replica): the sequence is gap-free for it. One process a writer. */
  readonly writer: string
  /** 1 to 500 records, all of `org`; each batch is one hold of the event loop, so about 100 are a good size. */
  readonly records: readonly AuditRecord[]
}

export interface AuditQuery {
  /** Entries on a page at most, 1 to 500. */
  readonly limit: number
  readonly cursor?: string
  readonly requestId?: string
  readonly clientId?: string
  readonly outcome?: string
}

/** The append-only record of decisions. An abstract class, to serve as injection token. */
export abstract class AuditLog {
  /**
   * Appends all records of the batch or none. What resolved outlives the process; the last second may not outlive a power cut.
   *
   * @returns the sequence numbers of the first and the last record; those of the first time when the batch was there already
   */
  abstract append(batch: AuditBatch): Promise<{ readonly firstSeq: number; readonly lastSeq: number }>

  /** Entries of one organization that match all the given members, newest first (by `at`; of one writer within a millisecond by `seq`). */
  abstract page(org: string, query: AuditQuery): Promise<Result<Page<AuditEntry>, InvalidCursor>>
}
