import {
  type AlreadyExists,
  Collection,
  type InvalidCursor,
  type ListQuery,
  type NotFound,
  type Page,
  type RevConflict,
  type ScanOptions,
} from '../port/collection.js'
import { type DocumentDefinition, type StoredDocument, type StoredEntry, type Tombstone } from '../port/document.js'
import { type Result } from '../port/result.js'
import { type Store } from '../port/store.js'
import { type StoreOpener } from './store-opener.js'

/** A collection that is declared before its store is open. */
export class BackgroundCollection<T> extends Collection<T> {
  readonly #opener: StoreOpener
  readonly #definition: DocumentDefinition<T>
  #of: { readonly store: Store; readonly collection: Collection<T> } | undefined

  constructor(opener: StoreOpener, definition: DocumentDefinition<T>) {
    super()
    this.#opener = opener
    this.#definition = definition
  }

  async insert(org: string, id: string, value: T): Promise<Result<StoredDocument<T>, AlreadyExists>> {
    return this.#write('insert', async (inner) => inner.insert(org, id, value))
  }

  async get(org: string, id: string): Promise<StoredDocument<T> | undefined> {
    return this.#inner('get').get(org, id)
  }

  async getAny(org: string, id: string): Promise<StoredEntry<T> | undefined> {
    return this.#inner('get').getAny(org, id)
  }

  async getByKey(org: string, key: string): Promise<StoredDocument<T> | undefined> {
    return this.#inner('get').getByKey(org, key)
  }

  async listBy(org: string, query: ListQuery): Promise<Result<Page<StoredDocument<T>>, InvalidCursor>> {
    return this.#inner('list').listBy(org, query)
  }

  async replace(
    org: string,
    id: string,
    expectedRev: number,
    value: T,
  ): Promise<Result<StoredDocument<T>, NotFound | RevConflict | AlreadyExists>> {
    return this.#write('replace', async (inner) => inner.replace(org, id, expectedRev, value))
  }

  async advance(org: string, id: string, expectedRev: number, aboveRev: number): Promise<Result<StoredEntry<T>, NotFound | RevConflict>> {
    return this.#write('advance', async (inner) => inner.advance(org, id, expectedRev, aboveRev))
  }

  async remove(org: string, id: string, expectedRev: number): Promise<Result<Tombstone, NotFound | RevConflict>> {
    return this.#write('remove', async (inner) => inner.remove(org, id, expectedRev))
  }

  async unpublished(limit: number): Promise<readonly StoredEntry<T>[]> {
    return this.#inner('unpublished').unpublished(limit)
  }

  async markPublished(org: string, id: string, rev: number): Promise<void> {
    return this.#inner('mark-published').markPublished(org, id, rev)
  }

  async *scan(options: ScanOptions): AsyncIterable<readonly StoredEntry<T>[]> {
    yield* this.#inner('scan').scan(options)
  }

  async collectTombstones(publishedBefore: Date): Promise<number> {
    return this.#inner('collect-tombstones').collectTombstones(publishedBefore)
  }

  /** A write is acknowledged only where the next start will find it. */
  async #write<R>(operation: string, work: (inner: Collection<T>) => Promise<R>): Promise<R> {
    const result = await work(this.#inner(operation))
    this.#opener.assertInPlace(operation)
    return result
  }

  #inner(operation: string): Collection<T> {
    const store = this.#opener.use(operation)
    if (this.#of?.store !== store) this.#of = { store, collection: store.collection(this.#definition) }
    return this.#of.collection
  }
}
