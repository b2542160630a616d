import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { aSample, withKeys } from './sample.js'
import { at, granted, org, otherOrg, useStore, type StoreConformance, type StoreInUse } from './use-store.js'

export function outboxConformance(conformance: StoreConformance): void {
  outbox(conformance)
  marks(conformance)
  advancing(conformance)
  tombstones(conformance)
}

const waiting = async (using: StoreInUse, limit = 100): Promise<readonly string[]> =>
  (await using.samples.unpublished(limit)).map(({ id, rev, deleted }) => `${id}@${rev}${deleted ? ' deleted' : ''}`)

/** Engines may keep times in whole milliseconds: writes that must have an order are further apart. */
const later = async (): Promise<void> => pause(3)

function outbox(conformance: StoreConformance): void {
  describe('outbox', () => {
    const using = useStore(conformance)

    it('holds every change of all organizations until it is marked, the oldest first', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      await later()
      granted(await using.samples.insert(otherOrg, 'two', aSample()))
      await later()
      granted(await using.samples.insert(org, 'three', aSample()))
      await later()
      granted(await using.samples.replace(org, 'one', 1, aSample()))
      await later()
      granted(await using.samples.remove(org, 'three', 1))
      expect(await waiting(using)).toEqual(['two@1', 'one@2', 'three@2 deleted'])
      expect(await waiting(using, 2)).toEqual(['two@1', 'one@2'])
      await using.samples.markPublished(otherOrg, 'two', 1)
      await using.samples.markPublished(org, 'three', 2)
      expect(await waiting(using)).toEqual(['one@2'])
    })

    it('gives the whole state, so that nothing must be read again', async () => {
      const stored = granted(await using.samples.insert(org, 'one', withKeys('k')))
      expect(await using.samples.unpublished(1)).toEqual([stored])
    })

    it('takes no limit out of bounds', async () => {
      for (const limit of [0, 1_001, 0.5]) await expect(using.samples.unpublished(limit)).rejects.toThrow(TypeError)
    })
  })
}

function marks(conformance: StoreConformance): void {
  describe('marks of publication', () => {
    const using = useStore(conformance)

    const publishedRev = async (): Promise<number | undefined> => (await using.samples.getAny(org, 'one'))?.publishedRev

    it('only ever raise the published revision', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      granted(await using.samples.replace(org, 'one', 1, aSample()))
      await using.samples.markPublished(org, 'one', 2)
      await using.samples.markPublished(org, 'one', 1)
      expect(await publishedRev()).toBe(2)
      expect(await waiting(using)).toEqual([])
    })

    it('of an older revision leave a newer one in the outbox', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      granted(await using.samples.replace(org, 'one', 1, aSample()))
      await using.samples.markPublished(org, 'one', 1)
      expect(await publishedRev()).toBe(1)
      expect(await waiting(using)).toEqual(['one@2'])
    })

    it('of a revision that the document has not reached, or of no document, change nothing', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      await using.samples.markPublished(org, 'one', 9)
      await using.samples.markPublished(org, 'none', 1)
      expect(await publishedRev()).toBe(0)
      expect(await waiting(using)).toEqual(['one@1'])
    })

    it('end with the highest of many that race', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      for (let rev = 1; rev < 10; rev += 1) granted(await using.samples.replace(org, 'one', rev, aSample()))
      const shuffled = [3, 10, 1, 7, 2, 9, 4, 8, 6, 5]
      await Promise.all(shuffled.map((rev, index) => at(using.replicas, index).markPublished(org, 'one', rev)))
      expect(await publishedRev()).toBe(10)
    })

    it('change neither revision, nor value, nor time', async () => {
      const stored = granted(await using.samples.insert(org, 'one', aSample()))
      await using.samples.markPublished(org, 'one', 1)
      expect(await using.samples.get(org, 'one')).toEqual({ ...stored, publishedRev: 1 })
      expect(granted(await using.samples.replace(org, 'one', 1, aSample())).publishedRev).toBe(1)
    })
  })
}

function advancing(conformance: StoreConformance): void {
  describe('advancing a revision', () => {
    const using = useStore(conformance)

    it('goes above the given one, changes nothing else, and puts the document into the outbox again', async () => {
      const stored = granted(await using.samples.insert(org, 'one', withKeys('k')))
      await using.samples.markPublished(org, 'one', 1)
      await later()
      const advanced = granted(await using.samples.advance(org, 'one', 1, 41))
      expect(advanced).toEqual({ ...stored, rev: 42, publishedRev: 1, updatedAt: advanced.updatedAt })
      expect(advanced.updatedAt.getTime()).toBeGreaterThan(stored.updatedAt.getTime())
      expect(await using.samples.getAny(org, 'one')).toEqual(advanced)
      expect(await using.samples.getByKey(org, 'k')).toEqual(advanced)
      expect(granted(await using.samples.listBy(org, { lookup: 'name:sample', limit: 10 })).items).toEqual([advanced])
      expect(await using.samples.unpublished(10)).toEqual([advanced])
      expect(granted(await using.samples.replace(org, 'one', 42, aSample())).rev).toBe(43)
    })

    it('goes above its own revision when the given one is lower', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      expect(granted(await using.samples.advance(org, 'one', 1, 0)).rev).toBe(2)
    })

    it('keeps a tombstone one, which is collected only after its new revision is out', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('k')))
      granted(await using.samples.remove(org, 'one', 1))
      await using.samples.markPublished(org, 'one', 2)
      expect(granted(await using.samples.advance(org, 'one', 2, 9))).toMatchObject({ deleted: true, rev: 10, publishedRev: 2 })
      expect(await using.samples.get(org, 'one')).toBeUndefined()
      expect(await using.samples.getByKey(org, 'k')).toBeUndefined()
      expect(await waiting(using)).toEqual(['one@10 deleted'])
      const soon = new Date(Date.now() + 60_000)
      expect(await using.samples.collectTombstones(soon)).toBe(0)
      await using.samples.markPublished(org, 'one', 10)
      expect(await using.samples.collectTombstones(soon)).toBe(1)
    })

    it('is refused for another revision, another organization and what is not there, and changes nothing then', async () => {
      const stored = granted(await using.samples.insert(org, 'one', aSample()))
      expect(await using.samples.advance(org, 'one', 2, 9)).toEqual({ ok: false, error: { code: 'rev_conflict', currentRev: 1 } })
      expect(await using.samples.advance(otherOrg, 'one', 1, 9)).toEqual({ ok: false, error: { code: 'not_found' } })
      expect(await using.samples.advance(org, 'none', 1, 9)).toEqual({ ok: false, error: { code: 'not_found' } })
      expect(await using.samples.getAny(org, 'one')).toEqual(stored)
    })

    it('takes no revision out of bounds', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      for (const aboveRev of [-1, 0.5, 2 ** 52 + 1]) {
        await expect(using.samples.advance(org, 'one', 1, aboveRev)).rejects.toThrow(TypeError)
      }
    })

    it('has exactly one winner among writers of one revision', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      const results = await Promise.all(
        Array.from({ length: 20 }, async (_, writer) => {
          const samples = at(using.replicas, writer)
          return writer % 2 === 0 ? samples.advance(org, 'one', 1, 10) : samples.replace(org, 'one', 1, aSample({ name: 'replaced' }))
        }),
      )
      const won = results.flatMap((result) => (result.ok ? [result.value] : []))
      expect(won).toHaveLength(1)
      expect(await using.samples.getAny(org, 'one')).toEqual(won[0])
    })
  })
}

function tombstones(conformance: StoreConformance): void {
  describe('collection of tombstones', () => {
    const using = useStore(conformance)
    const soon = (): Date => new Date(Date.now() + 60_000)

    it('takes only those whose own revision was published before that moment', async () => {
      for (const id of ['live', 'unpublished', 'half', 'published']) granted(await using.samples.insert(org, id, aSample()))
      await using.samples.markPublished(org, 'live', 1)
      await using.samples.markPublished(org, 'half', 1)
      for (const id of ['unpublished', 'half', 'published']) granted(await using.samples.remove(org, id, 1))
      await using.samples.markPublished(org, 'published', 2)
      expect(await using.samples.collectTombstones(new Date(Date.now() - 60_000))).toBe(0)
      expect(await using.samples.collectTombstones(soon())).toBe(1)
      expect(await using.samples.getAny(org, 'published')).toBeUndefined()
      for (const id of ['live', 'unpublished', 'half']) expect(await using.samples.getAny(org, id), id).toBeDefined()
      expect(await using.samples.collectTombstones(soon())).toBe(0)
    })

    it('counts from the publication of the removal, not of an earlier revision', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      await using.samples.markPublished(org, 'one', 1)
      await later()
      const between = new Date()
      await later()
      granted(await using.samples.remove(org, 'one', 1))
      await using.samples.markPublished(org, 'one', 2)
      expect(await using.samples.collectTombstones(between)).toBe(0)
      expect(await using.samples.collectTombstones(soon())).toBe(1)
    })

    it('takes as many as there are', async () => {
      const ids = Array.from({ length: 30 }, (_, index) => `doc-${index}`)
      for (const id of ids) {
        granted(await using.samples.insert(org, id, aSample()))
        granted(await using.samples.remove(org, id, 1))
        await using.samples.markPublished(org, id, 2)
      }
      expect(await using.samples.collectTombstones(soon())).toBe(30)
    })
  })
}
