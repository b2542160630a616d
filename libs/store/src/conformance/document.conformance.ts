import { describe, expect, it } from 'vitest'

import { StoreUnavailable } from '../port/store.errors.js'
import { aSample, type Sample } from './sample.js'
import { granted, org, useStore, type StoreConformance } from './use-store.js'

export function documentConformance(conformance: StoreConformance): void {
  roundTrip(conformance)
  isolation(conformance)
  identity(conformance)
  revisions(conformance)
  life(conformance)
}

function roundTrip(conformance: StoreConformance): void {
  describe('round trip', () => {
    const using = useStore(conformance)

    it('gives back what was inserted, with revision 1, nothing published and the times of now', async () => {
      const before = Date.now()
      const value = aSample({ name: 'Okta', parts: [{ key: 'issuer:acme:https://a.example', note: 'n' }], tags: ['a'] })
      const inserted = granted(await using.samples.insert(org, 'one', value))
      expect(inserted).toEqual({
        id: 'one',
        org,
        rev: 1,
        publishedRev: 0,
        createdAt: inserted.createdAt,
        updatedAt: inserted.createdAt,
        deleted: false,
        value,
      })
      expect(inserted.createdAt.getTime()).toBeGreaterThanOrEqual(before)
      expect(inserted.createdAt.getTime()).toBeLessThanOrEqual(Date.now())
      expect(await using.samples.get(org, 'one')).toEqual(inserted)
      expect(await using.samples.getAny(org, 'one')).toEqual(inserted)
    })

    it('keeps whatever JSON can say, whatever the engine means by it', async () => {
      const extra = {
        '': 'empty name',
        $set: { 'a.b': [null, true, 0, -1.5, 1e21, 9007199254740991] },
        'dotted.name': { $gt: '' },
        nested: [[], {}, [[{ deep: '' }]]],
        text: 'ünï 漢字 🜁 "\\ \n \u0000 \u2028',
        _id: 'not ours',
      }
      granted(await using.samples.insert(org, 'one', aSample({ extra })))
      expect((await using.samples.get(org, 'one'))?.value.extra).toEqual(extra)
    })

    it('keeps a value of 512 KiB', async () => {
      const extra = 'x'.repeat(512 * 1024)
      granted(await using.samples.insert(org, 'one', aSample({ extra })))
      expect((await using.samples.get(org, 'one'))?.value.extra).toBe(extra)
    })

    it('refuses to write a value that its definition could not read again', async () => {
      const unreadable = { ...aSample(), unknown: 'member' } as Sample
      await expect(using.samples.insert(org, 'one', unreadable)).rejects.toThrow(TypeError)
      expect(await using.samples.getAny(org, 'one')).toBeUndefined()
    })

    it('throws StoreUnavailable for everything once it is closed, and closes twice', async () => {
      await using.store.ping()
      await using.store.close()
      await using.store.close()
      await expect(using.store.ping()).rejects.toThrow(StoreUnavailable)
      await expect(using.samples.get(org, 'one')).rejects.toThrow(StoreUnavailable)
      await expect(using.samples.insert(org, 'one', aSample())).rejects.toThrow(StoreUnavailable)
    })
  })
}

function isolation(conformance: StoreConformance): void {
  describe('isolation of objects', () => {
    const using = useStore(conformance)

    it('never sees a change made to what was handed in or given out', async () => {
      const given = { name: 'kept', parts: [], tags: ['kept'] }
      const inserted = granted(await using.samples.insert(org, 'one', given))
      given.tags.push('changed')
      given.name = 'changed'
      Object.assign(inserted.value, { name: 'changed' })
      const read = await using.samples.get(org, 'one')
      expect(read?.value).toEqual(aSample({ name: 'kept', tags: ['kept'] }))
      Object.assign(read?.value ?? {}, { name: 'changed' })
      read?.createdAt.setTime(0)
      const again = await using.samples.get(org, 'one')
      expect(again?.value.name).toBe('kept')
      expect(again?.createdAt.getTime()).toBeGreaterThan(0)
    })
  })
}

function identity(conformance: StoreConformance): void {
  describe('identity', () => {
    const using = useStore(conformance)

    it('refuses a second document with the same id, and changes nothing', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ name: 'first' })))
      expect(await using.samples.insert(org, 'one', aSample({ name: 'second' }))).toEqual({ ok: false, error: { code: 'already_exists' } })
      expect((await using.samples.get(org, 'one'))?.value.name).toBe('first')
    })

    it('refuses the id of a removed document: its revisions would start again below those that were published', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      granted(await using.samples.remove(org, 'one', 1))
      expect(await using.samples.insert(org, 'one', aSample())).toEqual({ ok: false, error: { code: 'already_exists' } })
    })

    it('tells ids apart by case and by trailing space', async () => {
      for (const id of ['a', 'A', 'a ', 'á']) granted(await using.samples.insert(org, id, aSample({ name: id })))
      expect((await using.samples.get(org, 'A'))?.value.name).toBe('A')
      expect((await using.samples.get(org, 'a '))?.value.name).toBe('a ')
    })

    it('does not find what was never there', async () => {
      expect(await using.samples.get(org, 'none')).toBeUndefined()
      expect(await using.samples.getAny(org, 'none')).toBeUndefined()
      expect(await using.samples.getByKey(org, 'none')).toBeUndefined()
      expect(await using.samples.replace(org, 'none', 1, aSample())).toEqual({ ok: false, error: { code: 'not_found' } })
      expect(await using.samples.remove(org, 'none', 1)).toEqual({ ok: false, error: { code: 'not_found' } })
    })
  })
}

function revisions(conformance: StoreConformance): void {
  describe('revisions', () => {
    const using = useStore(conformance)

    it('counts each change by one and keeps the time of creation', async () => {
      const first = granted(await using.samples.insert(org, 'one', aSample({ name: 'a' })))
      const second = granted(await using.samples.replace(org, 'one', 1, aSample({ name: 'b' })))
      expect(second).toEqual({ ...first, rev: 2, updatedAt: second.updatedAt, value: aSample({ name: 'b' }) })
      expect(second.updatedAt.getTime()).toBeGreaterThanOrEqual(first.updatedAt.getTime())
      expect(await using.samples.get(org, 'one')).toEqual(second)
    })

    it('refuses a stale and a future revision, tells the present one, and changes nothing', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ name: 'a' })))
      const current = granted(await using.samples.replace(org, 'one', 1, aSample({ name: 'b' })))
      const conflict = { ok: false, error: { code: 'rev_conflict', currentRev: 2 } }
      expect(await using.samples.replace(org, 'one', 1, aSample({ name: 'c' }))).toEqual(conflict)
      expect(await using.samples.replace(org, 'one', 3, aSample({ name: 'c' }))).toEqual(conflict)
      expect(await using.samples.remove(org, 'one', 1)).toEqual(conflict)
      expect(await using.samples.get(org, 'one')).toEqual(current)
    })
  })
}

function life(conformance: StoreConformance): void {
  describe('deletion', () => {
    const using = useStore(conformance)

    it('leaves a tombstone with the next revision and without the value', async () => {
      const first = granted(await using.samples.insert(org, 'one', aSample()))
      await using.samples.markPublished(org, 'one', 1)
      const tombstone = granted(await using.samples.remove(org, 'one', 1))
      expect(tombstone).toEqual({
        id: 'one',
        org,
        rev: 2,
        publishedRev: 1,
        createdAt: first.createdAt,
        updatedAt: tombstone.updatedAt,
        deleted: true,
      })
      expect(await using.samples.getAny(org, 'one')).toEqual(tombstone)
      expect(await using.samples.get(org, 'one')).toBeUndefined()
    })

    it('gives a removed document no further life', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      granted(await using.samples.remove(org, 'one', 1))
      const notFound = { ok: false, error: { code: 'not_found' } }
      expect(await using.samples.replace(org, 'one', 2, aSample())).toEqual(notFound)
      expect(await using.samples.remove(org, 'one', 2)).toEqual(notFound)
    })
  })
}
