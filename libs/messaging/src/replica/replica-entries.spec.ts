import { type FeedEntry, newId, type OrganizationValue } from '@cambio/contracts'
import { anOrganization, entryHistory, seededRandom, shuffled } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { feedDigest } from '../feed/feed-digest.js'
import { ClaimedIndex } from './claimed-index.js'
import { type FeedProjection, ReplicaEntries } from './replica-entries.js'

const HANDLES = ['acme', 'beta', 'core', 'delta']

/** Two indexes of organizations, of which one can be made to fail between them and amid its own change. */
class Indexes implements FeedProjection<'organizations'> {
  readonly byHandle = new ClaimedIndex<string>()
  readonly byId = new Map<string, string>()
  failsNext: 'before' | 'between' | 'after' | undefined

  apply({ id, value }: FeedEntry<OrganizationValue>): void {
    this.#fail('before')
    this.byHandle.replace(id, value === null ? [] : [[value.handle, id]])
    this.#fail('between')
    if (value === null) this.byId.delete(id)
    else this.byId.set(id, value.handle)
    this.#fail('after')
  }

  seen(): unknown {
    return { handles: HANDLES.map((handle) => this.byHandle.get(handle)), ids: [...this.byId].sort() }
  }

  #fail(point: typeof this.failsNext): void {
    if (this.failsNext !== point) return
    this.failsNext = undefined
    throw new TypeError(`no such index ${point}`)
  }
}

describe('what a replica holds in memory', () => {
  it.each(Array.from({ length: 20 }, (_, index) => 1_000 + index))(
    'has indexes and a digest that are those of its entries after each step, also when an index fails (seed %d)',
    (seed) => {
      const random = seededRandom(seed)
      const ids = Array.from({ length: 5 }, () => newId('organization'))
      const indexes = new Indexes()
      const entries = new ReplicaEntries<'organizations'>(indexes)
      const aValue = (pick: <T>(choices: readonly T[]) => T) => anOrganization({ handle: pick(HANDLES) })
      let failures = 0
      for (const entry of entryHistory({ kind: 'organizations', random, ids, length: 200, aValue })) {
        const key = `${entry.org}.${entry.id}`
        const before = entries.at(key)
        const isNewer = entry.rev > (before?.rev ?? 0)
        if (random() < 0.2) indexes.failsNext = (['before', 'between', 'after'] as const)[Math.floor(random() * 3)]
        const fails = isNewer && indexes.failsNext !== undefined
        if (random() < 0.05 && before !== undefined && !fails) {
          indexes.failsNext = undefined
          entries.drop(key)
          expect(entries.at(key)).toBeUndefined()
        } else if (fails) {
          expect(() => entries.apply(entry)).toThrow(TypeError)
          expect(entries.at(key)).toBe(before)
          failures += 1
        } else {
          expect(entries.apply(entry)).toBe(isNewer ? 'applied' : 'not newer')
          expect(entries.at(key)).toBe(isNewer ? entry : before)
        }
        indexes.failsNext = undefined
        const fresh = new Indexes()
        for (const held of shuffled(entries.values(), random)) fresh.apply(held)
        expect(indexes.seen()).toEqual(fresh.seen())
        expect(entries.digest).toBe(feedDigest('organizations', shuffled(entries.values(), random)))
        expect(entries.isBroken).toBe(false)
      }
      expect(failures).toBeGreaterThan(5)
    },
  )

  it('knows that an index is broken when the former state cannot be put back either', () => {
    const entries = new ReplicaEntries<'organizations'>({
      apply: () => {
        throw new TypeError('no index at all')
      },
    })
    const [entry] = entryHistory({ kind: 'organizations', random: seededRandom(1), ids: ['x'], length: 1, aValue: () => anOrganization() })
    expect(() => entries.apply(entry!)).toThrow('no index at all')
    expect(entries.isBroken).toBe(true)
    expect(entries.size).toBe(0)
  })
})
