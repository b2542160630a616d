import { type FeedEntry, feedKey, type FeedKind, type FeedRefusal, type FeedValue } from '@cambio/contracts'

/** Indexes over the entries of one kind, kept by whoever reads them on a hot path. */
export interface FeedProjection<K extends FeedKind> {
  /**
   * Takes a newer state of an aggregate; a deletion is an entry whose `value` is null. Synchronous, so that nobody sees an
   * index and its value disagree. An index drops something only if it still points at the id that goes.
   *
   * @param previous what this replica held of that aggregate before; a deletion if it held one
   */
  apply(entry: FeedEntry<FeedValue<K>>, previous?: FeedEntry<FeedValue<K>>): void
}

/** Why a message at a key is not applied; `projection` = our own index refused it. */
export type ParkedReason = FeedRefusal['code'] | 'projection'

/** What a replica holds in memory: of each aggregate the newest state that it has seen, deletions included. */
export class ReplicaEntries<K extends FeedKind> {
  readonly #projection: FeedProjection<K>
  readonly #entries = new Map<string, FeedEntry<FeedValue<K>>>()
  readonly #parked = new Map<string, ParkedReason>()

  constructor(projection: FeedProjection<K>) {
    this.#projection = projection
  }

  get size(): number {
    return this.#entries.size
  }

  get parked(): number {
    return this.#parked.size
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  values(): IterableIterator<FeedEntry<FeedValue<K>>> {
    return this.#entries.values()
  }

  get(org: string, id: string): FeedEntry<FeedValue<K>> | undefined {
    // Asked with what came over a wire too, so that a part with a dot in it must not be taken for a key.
    const entry = this.#entries.get(`${org}.${id}`)
    return entry?.org === org ? entry : undefined
  }

  at(key: string): FeedEntry<FeedValue<K>> | undefined {
    return this.#entries.get(key)
  }

  /** Applies an entry if it is newer than what is held; a readable message also ends the parking of its key. */
  apply(entry: FeedEntry<FeedValue<K>>): 'applied' | 'not newer' {
    const key = feedKey(entry.org, entry.id)
    const previous = this.#entries.get(key)
    this.#parked.delete(key)
    if (previous !== undefined && previous.rev >= entry.rev) return 'not newer'
    this.#projection.apply(entry, previous)
    this.#entries.set(key, entry)
    return 'applied'
  }

  /** Forgets an aggregate that its owner does not know any more. */
  drop(key: string): void {
    const previous = this.#entries.get(key)
    this.#parked.delete(key)
    if (previous === undefined) return
    if (previous.deleted !== true) this.#projection.apply({ ...previous, deleted: true, value: null }, previous)
    this.#entries.delete(key)
  }

  /** Remembers that the message at a key could not be applied; what was held before goes on to be served. */
  park(key: string, reason: ParkedReason): void {
    this.#parked.set(key, reason)
  }

  /** A key without a message has nothing parked. */
  unpark(present: ReadonlySet<string>): void {
    for (const key of this.#parked.keys()) if (!present.has(key)) this.#parked.delete(key)
  }
}
