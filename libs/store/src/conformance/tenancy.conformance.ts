import { describe, expect, it } from 'vitest'

import { aSample, withKeys } from './sample.js'
import { granted, org, otherOrg, useStore, type StoreConformance } from './use-store.js'

export function tenancyConformance(conformance: StoreConformance): void {
  describe('isolation of tenants', () => {
    const using = useStore(conformance)

    it('keeps documents of two organizations with one id apart', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ name: 'ours' })))
      granted(await using.samples.insert(otherOrg, 'one', aSample({ name: 'theirs' })))
      granted(await using.samples.replace(otherOrg, 'one', 1, aSample({ name: 'theirs, changed' })))
      expect(await using.samples.get(org, 'one')).toMatchObject({ rev: 1, value: { name: 'ours' } })
      expect(await using.samples.get(otherOrg, 'one')).toMatchObject({ rev: 2, value: { name: 'theirs, changed' } })
    })

    it('answers for a document of another organization as for none, and changes nothing', async () => {
      const theirs = granted(await using.samples.insert(otherOrg, 'one', withKeys('k')))
      const notFound = { ok: false, error: { code: 'not_found' } }
      expect(await using.samples.get(org, 'one')).toBeUndefined()
      expect(await using.samples.getAny(org, 'one')).toBeUndefined()
      expect(await using.samples.getByKey(org, 'k')).toBeUndefined()
      expect(await using.samples.replace(org, 'one', 1, aSample())).toEqual(notFound)
      expect(await using.samples.remove(org, 'one', 1)).toEqual(notFound)
      await using.samples.markPublished(org, 'one', 1)
      expect(await using.samples.getAny(otherOrg, 'one')).toEqual(theirs)
    })

    it('lists one organization only, whole, by lookup and by prefix', async () => {
      granted(await using.samples.insert(org, 'ours', aSample({ tags: ['shared'] })))
      granted(await using.samples.insert(otherOrg, 'theirs', aSample({ tags: ['shared'] })))
      for (const query of [{}, { lookup: 'tag:shared' }, { lookupPrefix: 'tag:' }]) {
        const page = granted(await using.samples.listBy(org, { ...query, limit: 10 }))
        expect(page.items.map(({ id }) => id)).toEqual(['ours'])
      }
    })

    it('does not confuse organizations and ids that look alike when put together', async () => {
      granted(await using.samples.insert('a', 'b.c', aSample({ name: 'first' })))
      granted(await using.samples.insert('a.b', 'c', aSample({ name: 'second' })))
      granted(await using.samples.insert('a/b', 'c', aSample({ name: 'third' })))
      granted(await using.samples.insert('a', 'b/c', aSample({ name: 'fourth' })))
      expect((await using.samples.get('a', 'b.c'))?.value.name).toBe('first')
      expect((await using.samples.get('a/b', 'c'))?.value.name).toBe('third')
    })
  })
}
