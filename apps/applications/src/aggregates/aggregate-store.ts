import { fitsFeed } from '@cambio/messaging'
import { type IfMatch, matchesRevision } from '@cambio/service-kit'
import { type Collection, type ListQuery, ok, type Page, type Result, type StoredDocument } from '@cambio/store'

import { notFound, refuse, type Refusal, refuseField, type Refused } from '../refusals/refusal.js'
import { nameLookup } from './plain-name.schema.js'

/** Waits a short, bounded time until a revision is on the feed, so that the next reader elsewhere sees it. Never fails. */
export type Settle = (org: string, id: string, rev: number) => Promise<void>

export interface AggregateStoreOptions<T> {
  /** The noun in a sentence to people: `API`. */
  readonly noun: string
  readonly collection: Collection<T>
  readonly settle: Settle
  /** What it means that this unique key is taken. */
  readonly taken: (key: string, org: string) => Refusal | Promise<Refusal>
}

/** Which documents a list asks for. */
export interface ListRequest {
  readonly limit: number
  readonly cursor?: string | undefined
  /** The beginning of a name, in any case. */
  readonly q?: string | undefined
}

/** How often a change without `If-Match` is computed anew when another writer was faster. */
const maxAttempts = 8

/**
 * The aggregates of one kind: every change is one atomic write of one document against the revision that it was computed
 * from, so two writers never undo each other.
 */
export class AggregateStore<T> {
  readonly #options: AggregateStoreOptions<T>

  constructor(options: AggregateStoreOptions<T>) {
    this.#options = options
  }

  async insert(org: string, id: string, value: T): Promise<Result<StoredDocument<T>, Refusal>> {
    if (!fitsFeed(value)) return this.#tooLarge()
    const inserted = await this.#options.collection.insert(org, id, value)
    if (!inserted.ok) return this.#taken(inserted.error.key, org)
    await this.#options.settle(org, id, inserted.value.rev)
    return inserted
  }

  async get(org: string, id: string): Promise<Result<StoredDocument<T>, Refusal>> {
    const found = await this.#options.collection.get(org, id)
    return found === undefined ? this.notFound() : ok(found)
  }

  async getByKey(org: string, key: string): Promise<Result<StoredDocument<T>, Refusal>> {
    const found = await this.#options.collection.getByKey(org, key)
    return found === undefined ? this.notFound() : ok(found)
  }

  async list(org: string, { limit, cursor, q }: ListRequest): Promise<Result<Page<StoredDocument<T>>, Refusal>> {
    const query: ListQuery = {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(q === undefined || q === '' ? {} : { lookupPrefix: nameLookup(q) }),
    }
    const page = await this.#options.collection.listBy(org, query)
    return page.ok ? page : refuseField('#/query/cursor', 'must be the nextCursor of such a list')
  }

  /** All documents with one lookup, page by page. */
  async *withLookup(org: string, lookup: string): AsyncGenerator<StoredDocument<T>> {
    let cursor: string | undefined
    do {
      const page = await this.#options.collection.listBy(org, { lookup, limit: 100, ...(cursor === undefined ? {} : { cursor }) })
      if (!page.ok) throw new TypeError('a store refused its own cursor')
      yield* page.value.items
      cursor = page.value.nextCursor
    } while (cursor !== undefined)
  }

  /**
   * Computes a new value from the present one and writes it; computed anew when another writer was faster.
   *
   * @param ifMatch a document of another revision is refused with `stale_revision`
   */
  async edit(
    org: string,
    id: string,
    ifMatch: IfMatch,
    change: (present: StoredDocument<T>) => Result<T, Refusal>,
  ): Promise<Result<StoredDocument<T>, Refusal>> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const present = await this.#current(org, id, ifMatch)
      if (!present.ok) return present
      const changed = change(present.value)
      if (!changed.ok) return changed
      if (!fitsFeed(changed.value)) return this.#tooLarge()
      const written = await this.#options.collection.replace(org, id, present.value.rev, changed.value)
      if (written.ok) {
        await this.#options.settle(org, id, written.value.rev)
        return written
      }
      if (written.error.code === 'not_found') return this.notFound()
      if (written.error.code === 'already_exists') return this.#taken(written.error.key, org)
    }
    return this.#busy()
  }

  /** Removes a document unless `refusal` finds a reason not to. */
  async remove(
    org: string,
    id: string,
    ifMatch: IfMatch,
    refusal: (present: StoredDocument<T>) => Promise<Refusal | undefined> = async () => undefined,
  ): Promise<Result<null, Refusal>> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const present = await this.#current(org, id, ifMatch)
      if (!present.ok) return present
      const error = await refusal(present.value)
      if (error !== undefined) return { ok: false, error }
      const removed = await this.#options.collection.remove(org, id, present.value.rev)
      if (removed.ok) {
        await this.#options.settle(org, id, removed.value.rev)
        return ok(null)
      }
      if (removed.error.code === 'not_found') return this.notFound()
    }
    return this.#busy()
  }

  notFound(): Refused {
    return notFound(this.#options.noun)
  }

  async #current(org: string, id: string, ifMatch: IfMatch): Promise<Result<StoredDocument<T>, Refusal>> {
    const present = await this.get(org, id)
    if (!present.ok || matchesRevision(ifMatch, present.value.rev)) return present
    return refuse('stale_revision', `The ${this.#options.noun} has changed since the revision in If-Match; read it again.`)
  }

  async #taken(key: string | undefined, org: string): Promise<Refused> {
    if (key === undefined) throw new TypeError(`a new id of ${this.#options.noun} was used before`)
    return { ok: false, error: await this.#options.taken(key, org) }
  }

  #tooLarge(): Refused {
    return refuseField('', `makes this ${this.#options.noun} larger than one message of the feed may be`)
  }

  #busy(): Refused {
    return refuse('revision_conflict', `Others keep changing this ${this.#options.noun}; try again.`)
  }
}
