import { type FeedEntry, type FeedKind, type FeedValue } from '@cambio/contracts'

import { feedEntry } from './feed-entry.js'

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface EntryHistoryOptions<K extends FeedKind> {
  readonly kind: K
  readonly random: () => number
  /** The aggregates that are made, changed and deleted, and made again. */
  readonly ids: readonly string[]
  readonly org?: string
  readonly length: number
  /** A value of an aggregate, with its indexed members out of so few that aggregates take them from each other. */
  readonly aValue: (pick: <T>(choices: readonly T[]) => T) => FeedValue<K>
}

/**
 * What a replica may be told of some aggregates, in the order in which it comes: creations, changes, deletions, and between them what
 * comes again, late or never.
 */
export function entryHistory<K extends FeedKind>(options: EntryHistoryOptions<K>): readonly FeedEntry<FeedValue<K>>[] {
  const { kind, random, ids, org, length, aValue } = options
  const pick = <T>(choices: readonly T[]): T => {
    const chosen = choices[Math.floor(random() * choices.length)]
    if (chosen === undefined) throw new TypeError('nothing to choose from')
    return chosen
  }
  const revs = new Map<string, number>()
  const published: FeedEntry<FeedValue<K>>[] = []
  const told: FeedEntry<FeedValue<K>>[] = []
  while (told.length < length) {
    const fate = random()
    if (fate < 0.25 && published.length > 0) {
      told.push(pick(published))
      continue
    }
    const id = pick(ids)
    const rev = (revs.get(id) ?? 0) + 1
    revs.set(id, rev)
    const value = rev > 1 && random() < 0.3 ? null : aValue(pick)
    const entry = feedEntry(kind, value, { id, rev, ...(org === undefined ? {} : { org }) })
    published.push(entry)
    if (fate < 0.85) told.push(entry) // the others come late, or never
  }
  return told
}

/** The same members in another order. */
export function shuffled<T>(members: Iterable<T>, random: () => number): T[] {
  return [...members]
    .map((member) => ({ member, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ member }) => member)
}
