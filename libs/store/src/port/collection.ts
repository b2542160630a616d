import { type StoredDocument, type StoredEntry, type Tombstone } from './document.js'
import { type Result } from './result.js'

/** No live document with that id in that organization (never there, removed, or of another organization); for `advance` no tombstone either. */
export interface NotFound {
  readonly code: 'not_found'
}

/** The id is taken (`key` absent), or the unique key `key` belongs to another live document or stands twice in this one. */
export interface AlreadyExists {
  readonly code: 'already_exists'
  readonly key?: string
}

/** The document has moved on: `currentRev` is its revision now. */
export interface RevConflict {
  readonly code: 'rev_conflict'
  readonly currentRev: number
}

/** The cursor was not made by this store's `listBy` (or `page`). */
export interface InvalidCursor {
  readonly code: 'invalid_cursor'
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Present exactly if more items follow. Opaque, URL-safe, at most 1 KB. */
  readonly nextCursor?: string
}

/** Which live documents of one organization to list: all, those with one lookup, or those with a lookup that begins so. */
export interface ListQuery {
  readonly lookup?: string
  /** Excludes `lookup`. A document with several lookups that match is listed once. */
  readonly lookupPrefix?: string
  /** Items on a page at most, 1 to 500. */
  readonly limit: number
  /** `nextCursor` of the page before; absent: from the start. */
  readonly cursor?: string
}

export interface ScanOptions {
  /** Entries in a chunk at most, 1 to 10,000. */
  readonly chunkSize: number
}

/**
 * A collection of versioned documents with the outbox inside each of them. An abstract class, to serve as injection token.
 *
 * Each write is one atomic change of one document, its keys and lookups included, and durable when the promise resolves.
 * Expected refusals are values. Everything else throws: `StoreUnavailable` when the engine fails (the write may or may
 * not have happened: read to know), `SchemaTooNew` or `UnreadableDocument` for a document that this version cannot
 * read, `TypeError` for a programmer's error. Source: docs/architecture.md, Storage.
 */
export abstract class Collection<T> {
  /**
   * Creates a document with `rev` 1. An id is never used twice: also the id of a tombstone is refused, since its
   * revisions would start again below those that replicas have seen. Exactly one of many concurrent inserts wins.
   */
  abstract insert(org: string, id: string, value: T): Promise<Result<StoredDocument<T>, AlreadyExists>>

  /** The live document; `undefined` if there is none in this organization. */
  abstract get(org: string, id: string): Promise<StoredDocument<T> | undefined>

  /** The live document or its tombstone; `undefined` if the organization never had it or it was collected. */
  abstract getAny(org: string, id: string): Promise<StoredEntry<T> | undefined>

  /** The live document of this organization that holds the unique key; `undefined` also if another organization's does. */
  abstract getByKey(org: string, key: string): Promise<StoredDocument<T> | undefined>

  /**
   * Live documents in the order of their creation. A document that is there during the whole walk is seen exactly once,
   * whatever is inserted, replaced or removed between the pages.
   */
  abstract listBy(org: string, query: ListQuery): Promise<Result<Page<StoredDocument<T>>, InvalidCursor>>

  /** Puts a new value in place of revision `expectedRev`. Exactly one of many writers that expect the same revision wins. */
  abstract replace(
    org: string,
    id: string,
    expectedRev: number,
    value: T,
  ): Promise<Result<StoredDocument<T>, NotFound | RevConflict | AlreadyExists>>

  /**
   * Gives the document or tombstone a revision above `aboveRev` and above its own, and changes nothing that it says: it waits in
   * the outbox again. For an owner that finds a higher revision published than it has itself, as after a restore from a backup.
   * Exactly one of many writers that expect the same revision wins.
   *
   * @param aboveRev 0 to 2^52
   */
  abstract advance(org: string, id: string, expectedRev: number, aboveRev: number): Promise<Result<StoredEntry<T>, NotFound | RevConflict>>

  /** Leaves a tombstone (`rev` + 1) in place of revision `expectedRev`; unique keys and lookups are free in the same moment. */
  abstract remove(org: string, id: string, expectedRev: number): Promise<Result<Tombstone, NotFound | RevConflict>>

  /**
   * The outbox, over all organizations: entries whose `rev` is above `publishedRev`, the one that was written longest ago
   * first. One that cannot be read is left out and reported, so that it does not hold up the others.
   *
   * @param limit entries at most, 1 to 1,000
   */
  abstract unpublished(limit: number): Promise<readonly StoredEntry<T>[]>

  /**
   * Records that `rev` is published. Only ever raises `publishedRev`: a lower or equal revision, one that the document
   * has not reached and an unknown document change nothing.
   */
  abstract markPublished(org: string, id: string, rev: number): Promise<void>

  /**
   * All entries of all organizations in chunks, without holding the event loop for more than 10 ms. An entry that exists
   * during the whole scan is seen exactly once, in the state of some moment of the scan. One that cannot be read is left
   * out and reported.
   */
  abstract scan(options: ScanOptions): AsyncIterable<readonly StoredEntry<T>[]>

  /** Deletes the tombstones whose own revision was published before that moment; gives their number. */
  abstract collectTombstones(publishedBefore: Date): Promise<number>
}
