/** One request that was meant to change something, as it is recorded. It holds no body, no token and no secret. */
export interface MutationRecord {
  /** Unique over all records. */
  readonly id: string
  /** The organization in whose log it stands, or `platform`. */
  readonly org: string
  readonly at: Date
  /** The `X-Request-Id` of the answer. */
  readonly requestId: string
  readonly clientId: string
  /** What the route declares by `@Audited`. */
  readonly action: string
  /** `done`, or the problem's code. */
  readonly outcome: string
  readonly detail: {
    /** The HTTP status of the answer. */
    readonly status: number
    /** The named parts of the address: at most 128 characters each, and nothing that looks like a secret. */
    readonly target: Readonly<Record<string, string>>
    /** The resource that the answer holds, at its revision, when something was done. */
    readonly id?: string
    readonly rev?: number
    /** The answer of an earlier request was given again (`Idempotency-Key`): nothing was changed anew. */
    readonly replayed?: true
  }
}

/** What is appended in one atomic write: records of one organization by one writer. */
export interface MutationBatch {
  /** Unique to the batch. */
  readonly id: string
  readonly org: string
  /** This process among the replicas of its service. */
  readonly writer: string
  readonly records: readonly MutationRecord[]
}

/** Where changes are recorded. `libs/store`'s audit log has this shape. */
export interface MutationLog {
  /** Appends all records of the batch or none; what resolved outlives the process. */
  append(batch: MutationBatch): Promise<unknown>
}
