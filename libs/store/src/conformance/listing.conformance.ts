import { describe, expect, it } from 'vitest'

import { type Collection, type ListQuery } from '../port/collection.js'
import { aSample, type Sample } from './sample.js'
import { granted, org, useStore, type StoreConformance } from './use-store.js'

export function listingConformance(conformance: StoreConformance): void {
  lookups(conformance)
  paging(conformance)
}

const idsOf = async (samples: Collection<Sample>, query: Omit<ListQuery, 'limit'>): Promise<readonly string[]> =>
  granted(await samples.listBy(org, { ...query, limit: 500 })).items.map(({ id }) => id)

function lookups(conformance: StoreConformance): void {
  describe('lookups', () => {
    const using = useStore(conformance)

    it('lists the documents that share a lookup, whole and by prefix', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ name: 'Orders', tags: ['a', 'b'] })))
      granted(await using.samples.insert(org, 'two', aSample({ name: 'Order desk', tags: ['b'] })))
      granted(await using.samples.insert(org, 'three', aSample({ name: 'orders' })))
      expect((await idsOf(using.samples, { lookup: 'tag:b' })).toSorted()).toEqual(['one', 'two'])
      expect(await idsOf(using.samples, { lookup: 'name:Order' })).toEqual([])
      expect((await idsOf(using.samples, { lookupPrefix: 'name:Order' })).toSorted()).toEqual(['one', 'two'])
      expect(await idsOf(using.samples, { lookupPrefix: 'name:Orders' })).toEqual(['one'])
      expect(await idsOf(using.samples, { lookupPrefix: 'zzz' })).toEqual([])
    })

    it('lists a document once, though several of its lookups match', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ tags: ['a1', 'a2', 'a2', 'a3'] })))
      expect(await idsOf(using.samples, { lookupPrefix: 'tag:a' })).toEqual(['one'])
    })

    it('takes a prefix literally', async () => {
      for (const name of ['50%', '50 euro', '.*', 'a_b', 'axb', '漢字', '漢']) {
        granted(await using.samples.insert(org, name, aSample({ name })))
      }
      expect(await idsOf(using.samples, { lookupPrefix: 'name:50%' })).toEqual(['50%'])
      expect(await idsOf(using.samples, { lookupPrefix: 'name:.*' })).toEqual(['.*'])
      expect(await idsOf(using.samples, { lookupPrefix: 'name:a_' })).toEqual(['a_b'])
      expect((await idsOf(using.samples, { lookupPrefix: 'name:漢' })).toSorted()).toEqual(['漢', '漢字'])
    })

    it('follows a replacement and forgets a removed document', async () => {
      granted(await using.samples.insert(org, 'one', aSample({ tags: ['before'] })))
      granted(await using.samples.replace(org, 'one', 1, aSample({ tags: ['after'] })))
      expect(await idsOf(using.samples, { lookup: 'tag:before' })).toEqual([])
      expect(await idsOf(using.samples, { lookup: 'tag:after' })).toEqual(['one'])
      granted(await using.samples.remove(org, 'one', 2))
      expect(await idsOf(using.samples, { lookup: 'tag:after' })).toEqual([])
      expect(await idsOf(using.samples, {})).toEqual([])
    })

    it('does not take both kinds of lookup in one query, nor a limit out of bounds', async () => {
      await expect(using.samples.listBy(org, { lookup: 'a', lookupPrefix: 'b', limit: 1 })).rejects.toThrow(TypeError)
      for (const limit of [0, -1, 1.5, 501, Number.NaN]) await expect(using.samples.listBy(org, { limit })).rejects.toThrow(TypeError)
    })
  })
}

async function* pages(samples: Collection<Sample>, query: ListQuery): AsyncGenerator<readonly string[]> {
  for (let cursor: string | undefined; ;) {
    const page = granted(await samples.listBy(org, cursor === undefined ? query : { ...query, cursor }))
    yield page.items.map(({ id }) => id)
    cursor = page.nextCursor
    if (cursor === undefined) return
  }
}

function paging(conformance: StoreConformance): void {
  describe('paging', () => {
    const using = useStore(conformance)

    const insertMany = async (prefix: string, count: number): Promise<readonly string[]> => {
      const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
      for (const id of ids) granted(await using.samples.insert(org, id, aSample({ tags: ['all'] })))
      return ids
    }

    it('gives full pages and a cursor exactly while something follows', async () => {
      const ids = await insertMany('doc', 6)
      const seen: (readonly string[])[] = []
      for await (const page of pages(using.samples, { limit: 3 })) seen.push(page)
      expect(seen.map(({ length }) => length)).toEqual([3, 3])
      expect(seen.flat().toSorted()).toEqual(ids.toSorted())
    })

    it.each([{}, { lookup: 'tag:all' }, { lookupPrefix: 'tag:' }])(
      'sees each document once while others are inserted, replaced and removed between the pages (%o)',
      async (query) => {
        const ids = await insertMany('doc', 25)
        const seen: string[] = []
        let turn = 0
        for await (const page of pages(using.samples, { ...query, limit: 4 })) {
          seen.push(...page)
          turn += 1
          await insertMany(`new-${turn}`, 2)
          await insertMany(`a-${turn}`, 1)
          const touched = seen[0] ?? ''
          const known = await using.samples.get(org, touched)
          if (known !== undefined) granted(await using.samples.replace(org, touched, known.rev, aSample({ tags: ['all'] })))
          if (turn === 2) granted(await using.samples.remove(org, seen[1] ?? '', 1))
          if (turn > 40) break
        }
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen.filter((id) => id.startsWith('doc-')).toSorted()).toEqual(ids.toSorted())
      },
    )

    it('refuses a cursor that it did not make', async () => {
      await insertMany('doc', 3)
      const good = granted(await using.samples.listBy(org, { limit: 1 })).nextCursor ?? ''
      expect(good).toMatch(/^[\w-]{1,1024}$/)
      const forged = ['', 'x', '!', `${good}=`, good.slice(0, -3), ` ${good}`, 'bnVsbA', 'W10', 'e30', 'WyJhIiwxXQ', 'x'.repeat(5_000)]
      for (const cursor of forged) {
        expect(await using.samples.listBy(org, { limit: 1, cursor }), cursor).toEqual({ ok: false, error: { code: 'invalid_cursor' } })
      }
    })
  })
}
