import { type FeedEntry, feedKey, type FeedKind, type FeedValue } from '@cambio/contracts'

import { entryDigest } from '../feed/feed-digest.js'
import { SetDigest } from '../feed/set-digest.js'

/** Indexes over the entries of one kind, kept by whoever reads them on a hot path. */
export interface FeedProjection<K extends FeedKind> {
  /**
   * Takes a newer state of an aggregate; a deletion is an entry whose `value` is null. Synchronous, so that nobody sees an
   * index and its value disagree. An index drops something only if it still points at the id that goes. What is applied stands in
   * place of all that was there of that aggregate: after it has thrown, it is called once more, with the former state.
   *
   * @param previous what this replica held of that aggregate before; a deletion if it held one
   */
  apply(entry: FeedEntry<FeedValue<K>>, previous?: FeedEntry<FeedValue<K>>): void
}

interface Held<K extends FeedKind> {
  readonly entry: FeedEntry<FeedValue<K>>
  /** What it adds to the digest of all. */
  readonly digest: Uint8Array
}

/** What a replica holds in memory: of each aggregate the newest state that it has seen, deletions included. */
export class ReplicaEntries<K extends FeedKind> {
  readonly #projection: FeedProjection<K>
  readonly #held = new Map<string, Held<K>>()
  /** Changes in the same turn as the entries. */
  readonly #digest = new SetDigest()
  #isBroken = false

  constructor(projection: FeedProjection<K>) {
    this.#projection = projection
  }

  get size(): number {
    return this.#held.size
  }

  /** Whether a projection failed in a way that leaves it unknown what it holds. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Of all entries, as `feedDigest` has it. */
  get digest(): string {
    return this.#digest.toString()
  }

  keys(): IterableIterator<string> {
    return this.#held.keys()
  }

  *values(): Generator<FeedEntry<FeedValue<K>>> {
    for (const { entry } of this.#held.values()) yield entry
  }

  get(org: string, id: string): FeedEntry<FeedValue<K>> | undefined {
    // Asked with what came over a wire too, so that a part with a dot in it must not be taken for a key.
    const entry = this.at(`${org}.${id}`)
    return entry?.org === org ? entry : undefined
  }

  at(key: string): FeedEntry<FeedValue<K>> | undefined {
    return this.#held.get(key)?.entry
  }

  /**
   * Applies an entry if it is newer than what is held: value, indexes and digest in one turn, or nothing of it.
   *
   * @throws Error of the projection, with everything as it was before
   */
  apply(entry: FeedEntry<FeedValue<K>>): 'applied' | 'not newer' {
    const key = feedKey(entry.org, entry.id)
    const previous = this.#held.get(key)
    if (previous !== undefined && previous.entry.rev >= entry.rev) return 'not newer'
    const digest = entryDigest(entry)
    this.#project(entry, previous?.entry)
    if (previous !== undefined) this.#digest.toggle(previous.digest)
    this.#digest.toggle(digest)
    this.#held.set(key, { entry, digest })
    return 'applied'
  }

  /** Forgets an aggregate that its owner does not know any more. @throws Error of the projection, with everything as it was before */
  drop(key: string): void {
    const previous = this.#held.get(key)
    if (previous === undefined) return
    const { entry, digest } = previous
    if (entry.deleted !== true) this.#project(deletionOf(entry), entry)
    this.#digest.toggle(digest)
    this.#held.delete(key)
  }

  /** A projection that fails may have changed some indexes and others not: it is given the former state again, which it once took. */
  #project(entry: FeedEntry<FeedValue<K>>, previous: FeedEntry<FeedValue<K>> | undefined): void {
    try {
      this.#projection.apply(entry, previous)
    } catch (error) {
      try {
        this.#projection.apply(previous ?? deletionOf(entry), entry)
      } catch {
        this.#isBroken = true
      }
      throw error
    }
  }
}

function deletionOf<V>(entry: FeedEntry<V>): FeedEntry<V> {
  return { ...entry, deleted: true, value: null }
}
