import { assertWithin } from '../documents/bounds.js'
import { type DocumentCodec } from '../documents/document-codec.js'
import {
  Collection,
  type AlreadyExists,
  type InvalidCursor,
  type ListQuery,
  type NotFound,
  type Page,
  type RevConflict,
  type ScanOptions,
} from '../port/collection.js'
import { type StoredDocument, type StoredEntry, type Tombstone } from '../port/document.js'
import { ok, refused, type Result } from '../port/result.js'
import { type CollectionContext } from './collection-context.js'
import { SqliteDocuments, type DocumentHead } from './sqlite-documents.js'
import { listPage } from './sqlite-listing.js'
import { collectTombstones, markPublished, unpublished } from './sqlite-outbox.js'
import { scanEntries } from './sqlite-scan.js'

/** Above it revisions would no longer be exact numbers before long. */
const highestRev = 2 ** 52

/** `Collection` on three tables: documents, their unique keys and their lookups. */
export class SqliteCollection<T> extends Collection<T> {
  readonly #context: CollectionContext
  readonly #codec: DocumentCodec<T>
  readonly #documents: SqliteDocuments<T>

  constructor(context: CollectionContext, codec: DocumentCodec<T>) {
    super()
    this.#context = context
    this.#codec = codec
    this.#documents = new SqliteDocuments(context.connection, codec)
  }

  async insert(org: string, id: string, value: T): Promise<Result<StoredDocument<T>, AlreadyExists>> {
    const prepared = this.#codec.prepare({ org, id }, value)
    return this.#context.connection.write('insert', (mark) => {
      if (this.#documents.isTaken(org, id)) return refused({ code: 'already_exists' })
      const key = prepared.repeatedKey ?? this.#documents.takenKey(prepared.uniqueKeys)
      if (key !== undefined) return refused({ code: 'already_exists', key })
      const now = this.#context.now()
      const doc = this.#documents.insertRow({ org, id }, prepared, now)
      mark('written')
      this.#documents.index(doc, org, prepared)
      mark('indexed')
      const at = { createdAt: new Date(now), updatedAt: new Date(now) }
      return ok({ id, org, rev: 1, publishedRev: 0, ...at, deleted: false, value: prepared.value })
    })
  }

  async replace(
    org: string,
    id: string,
    expectedRev: number,
    value: T,
  ): Promise<Result<StoredDocument<T>, NotFound | RevConflict | AlreadyExists>> {
    const prepared = this.#codec.prepare({ org, id }, value)
    return this.#context.connection.write('replace', (mark) => {
      const expected = this.#expect(org, id, expectedRev)
      if (!expected.ok) return expected
      const head = expected.value
      const key = prepared.repeatedKey ?? this.#documents.takenKey(prepared.uniqueKeys, head.doc)
      if (key !== undefined) return refused({ code: 'already_exists', key })
      const updatedAt = this.#after(head)
      this.#documents.updateRow(head, prepared, updatedAt)
      mark('written')
      this.#documents.index(head.doc, org, prepared)
      mark('indexed')
      return ok({ ...nextVersion(org, id, head, updatedAt), deleted: false, value: prepared.value })
    })
  }

  async remove(org: string, id: string, expectedRev: number): Promise<Result<Tombstone, NotFound | RevConflict>> {
    return this.#context.connection.write('remove', (mark) => {
      const expected = this.#expect(org, id, expectedRev)
      if (!expected.ok) return expected
      const head = expected.value
      const updatedAt = this.#after(head)
      this.#documents.updateRow(head, undefined, updatedAt)
      mark('written')
      this.#documents.index(head.doc, org, { uniqueKeys: [], lookups: [] })
      mark('indexed')
      return ok({ ...nextVersion(org, id, head, updatedAt), deleted: true })
    })
  }

  async advance(org: string, id: string, expectedRev: number, aboveRev: number): Promise<Result<StoredEntry<T>, NotFound | RevConflict>> {
    assertWithin('aboveRev', aboveRev, 0, highestRev)
    return this.#context.connection.write('advance', (mark) => {
      const found = this.#documents.anyHead({ org, id })
      if (found === undefined) return refused({ code: 'not_found' })
      const { head, entry } = found
      if (head.rev !== expectedRev) return refused({ code: 'rev_conflict', currentRev: head.rev })
      const rev = Math.max(head.rev, aboveRev) + 1
      const updatedAt = this.#after(head)
      this.#documents.advanceRow(head, rev, updatedAt)
      mark('written')
      return ok({ ...entry, rev, updatedAt: new Date(updatedAt) })
    })
  }

  async get(org: string, id: string): Promise<StoredDocument<T> | undefined> {
    const entry = await this.getAny(org, id)
    return entry === undefined || entry.deleted ? undefined : entry
  }

  async getAny(org: string, id: string): Promise<StoredEntry<T> | undefined> {
    return this.#context.connection.read('get', () => this.#documents.find(org, id))
  }

  async getByKey(org: string, key: string): Promise<StoredDocument<T> | undefined> {
    return this.#context.connection.read('get by key', () => {
      const row = this.#context.connection
        .sql(
          `SELECT d.* FROM document_keys k JOIN documents d ON d.doc = k.doc
           WHERE k.collection = ? AND k.key = ? AND d.org = ? AND d.value IS NOT NULL`,
        )
        .get(this.#codec.collection, key, org)
      const entry = row === undefined ? undefined : this.#documents.entry(row)
      return entry === undefined || entry.deleted ? undefined : entry
    })
  }

  async listBy(org: string, query: ListQuery): Promise<Result<Page<StoredDocument<T>>, InvalidCursor>> {
    assertWithin('limit', query.limit, 1, 500)
    return this.#context.connection.read('list', () =>
      listPage(this.#context.connection, this.#codec.collection, this.#documents, org, query),
    )
  }

  async unpublished(limit: number): Promise<readonly StoredEntry<T>[]> {
    assertWithin('limit', limit, 1, 1_000)
    return this.#context.connection.read('read the outbox', () =>
      unpublished(this.#context, this.#codec.collection, this.#documents, limit),
    )
  }

  async markPublished(org: string, id: string, rev: number): Promise<void> {
    await markPublished(this.#context, this.#codec.collection, { org, id }, rev)
  }

  scan({ chunkSize }: ScanOptions): AsyncIterable<readonly StoredEntry<T>[]> {
    assertWithin('chunkSize', chunkSize, 1, 10_000)
    return scanEntries(this.#context, this.#codec.collection, this.#documents, chunkSize)
  }

  async collectTombstones(publishedBefore: Date): Promise<number> {
    return collectTombstones(this.#context.connection, this.#codec.collection, publishedBefore)
  }

  #expect(org: string, id: string, expectedRev: number): Result<DocumentHead, NotFound | RevConflict> {
    const head = this.#documents.liveHead({ org, id })
    if (head === undefined) return refused({ code: 'not_found' })
    return head.rev === expectedRev ? ok(head) : refused({ code: 'rev_conflict', currentRev: head.rev })
  }

  /** A clock that was set back does not make a document older than it was: the outbox goes by this time. */
  #after(head: DocumentHead): number {
    return Math.max(this.#context.now(), head.updatedAt)
  }
}

function nextVersion(org: string, id: string, head: DocumentHead, updatedAt: number): Omit<Tombstone, 'deleted'> {
  const { publishedRev, createdAt } = head
  return { id, org, rev: head.rev + 1, publishedRev, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) }
}
