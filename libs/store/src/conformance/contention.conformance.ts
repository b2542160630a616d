import { describe, expect, it } from 'vitest'

import { aSample, withKeys } from './sample.js'
import { at, granted, org, useStore, type StoreConformance } from './use-store.js'

const writers = Array.from({ length: 50 }, (_, writer) => writer)

export function contentionConformance(conformance: StoreConformance): void {
  describe('contention', () => {
    const using = useStore(conformance)

    it('lets exactly one of 50 inserts of one id win', async () => {
      const results = await Promise.all(
        writers.map((writer) => at(using.replicas, writer).insert(org, 'one', aSample({ name: `writer ${writer}` }))),
      )
      const won = results.filter((result) => result.ok)
      expect(won).toHaveLength(1)
      expect(results.flatMap((result) => (result.ok ? [] : [result.error]))).toEqual(
        Array.from({ length: 49 }, () => ({ code: 'already_exists' })),
      )
      expect(await using.samples.get(org, 'one')).toEqual(won.map((result) => result.value)[0])
    })

    it('lets exactly one of 50 documents have a unique key', async () => {
      const results = await Promise.all(writers.map((writer) => at(using.replicas, writer).insert(org, `doc-${writer}`, withKeys('k'))))
      const won = results.flatMap((result) => (result.ok ? [result.value] : []))
      expect(won).toHaveLength(1)
      const refusals = results.flatMap((result) => (result.ok ? [] : [result.error]))
      expect(refusals).toEqual(Array.from({ length: 49 }, () => ({ code: 'already_exists', key: 'k' })))
      expect(await using.samples.getByKey(org, 'k')).toEqual(won[0])
      expect(granted(await using.samples.listBy(org, { limit: 100 })).items).toHaveLength(1)
    })

    it('lets exactly one of 50 replacements of one revision win', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      const results = await Promise.all(
        writers.map((writer) => at(using.replicas, writer).replace(org, 'one', 1, aSample({ name: `writer ${writer}` }))),
      )
      const won = results.flatMap((result) => (result.ok ? [result.value] : []))
      expect(won).toHaveLength(1)
      const refusals = results.flatMap((result) => (result.ok ? [] : [result.error]))
      expect(refusals).toEqual(Array.from({ length: 49 }, () => ({ code: 'rev_conflict', currentRev: 2 })))
      expect(await using.samples.get(org, 'one')).toEqual(won[0])
    })

    it('lets a removal and replacements of one revision have one winner among them', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('k')))
      const results = await Promise.all(
        writers.map((writer) => {
          const samples = at(using.replicas, writer)
          return writer % 2 === 0 ? samples.remove(org, 'one', 1) : samples.replace(org, 'one', 1, withKeys('k'))
        }),
      )
      expect(results.filter((result) => result.ok)).toHaveLength(1)
      const now = await using.samples.getAny(org, 'one')
      expect(now?.rev).toBe(2)
      expect((await using.samples.getByKey(org, 'k'))?.id).toBe(now?.deleted === true ? undefined : 'one')
    })

    it('loses no change of writers that read again after a conflict', async () => {
      granted(await using.samples.insert(org, 'one', aSample()))
      const addTag = async (writer: number): Promise<void> => {
        for (;;) {
          const samples = at(using.replicas, writer)
          const read = await samples.get(org, 'one')
          if (read === undefined) throw new Error('the document is gone')
          const tags = [...read.value.tags, `t${writer}`]
          if ((await samples.replace(org, 'one', read.rev, { ...read.value, tags })).ok) return
        }
      }
      const ten = writers.slice(0, 10)
      await Promise.all(ten.map(addTag))
      const end = await using.samples.get(org, 'one')
      expect(end?.rev).toBe(11)
      expect(end?.value.tags.toSorted()).toEqual(ten.map((writer) => `t${writer}`).toSorted())
    })
  })
}
