/** One applied value of the feed, as it lies on the disk. The body and its MAC belong to the caller; nothing is checked here. */
export interface ReplicaRow {
  readonly kind: string
  readonly key: string
  readonly rev: number
  readonly body: string
  readonly mac: string
}

/** The file turned out to be damaged while it was used: discard it and build it anew from the feed. */
export class ReplicaFileCorrupt extends Error {
  readonly code = 'replica_file_corrupt'
  readonly file: string

  constructor(file: string) {
    super(`the replica file ${file} is damaged`)
    this.name = 'ReplicaFileCorrupt'
    this.file = file
  }
}

/**
 * The local copy of the feed that one replica starts from when NATS or an owner is away. One process has it open. Calls
 * are synchronous, so keep batches small (hundreds of rows); a crash of the machine may lose the last ones, which the
 * feed brings again. Any call may throw `ReplicaFileCorrupt`, or `StoreUnavailable` (disk full, closed).
 */
export abstract class ReplicaFile {
  /** Writes all rows in one transaction; a row that is there already is replaced, whatever its revision. */
  abstract upsertMany(rows: readonly ReplicaRow[]): void

  /** Drops a row; an absent one is no error. */
  abstract remove(kind: string, key: string): void

  /** All rows of a kind by key, in chunks of at most 500. Rows that are written while one iterates may be missed. */
  abstract all(kind: string): Iterable<readonly ReplicaRow[]>

  /** A value kept beside the rows, `undefined` if it was never set. */
  abstract getMeta(name: string): string | undefined
  abstract setMeta(name: string, value: string): void

  /** A second call does nothing. */
  abstract close(): void
}
