import { describe, expect, it } from 'vitest'

import { type Collection } from '../port/collection.js'
import { aSample, withKeys, type Sample } from './sample.js'
import { granted, org, otherOrg, useStore, type StoreConformance } from './use-store.js'

const taken = (key: string) => ({ ok: false, error: { code: 'already_exists', key } })

const holder = async (samples: Collection<Sample>, key: string) => (await samples.getByKey(org, key))?.id

export function uniqueKeyConformance(conformance: StoreConformance): void {
  describe('unique keys', () => {
    const using = useStore(conformance)

    it('finds a document by each of its keys', async () => {
      const stored = granted(await using.samples.insert(org, 'one', withKeys('a', 'b')))
      expect(await using.samples.getByKey(org, 'a')).toEqual(stored)
      expect(await using.samples.getByKey(org, 'b')).toEqual(stored)
    })

    it('refuses a key that any element of another document holds, names it, and changes nothing', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('a', 'b')))
      expect(await using.samples.insert(org, 'two', withKeys('c', 'b'))).toEqual(taken('b'))
      expect(await using.samples.getAny(org, 'two')).toBeUndefined()
      expect(await holder(using.samples, 'c')).toBeUndefined()
      const two = granted(await using.samples.insert(org, 'two', withKeys('c')))
      expect(await using.samples.replace(org, 'two', 1, withKeys('d', 'a'))).toEqual(taken('a'))
      expect(await using.samples.get(org, 'two')).toEqual(two)
      expect(await holder(using.samples, 'd')).toBeUndefined()
    })

    it('refuses a key that the document itself declares twice', async () => {
      expect(await using.samples.insert(org, 'one', withKeys('a', 'b', 'a'))).toEqual(taken('a'))
      granted(await using.samples.insert(org, 'one', withKeys('a')))
      expect(await using.samples.replace(org, 'one', 1, withKeys('b', 'b'))).toEqual(taken('b'))
      expect(await holder(using.samples, 'a')).toBe('one')
    })

    it('holds keys over all organizations: one that is unique within an organization names it', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('global', `name:${org}:n`)))
      expect(await using.samples.insert(otherOrg, 'two', withKeys('global'))).toEqual(taken('global'))
      granted(await using.samples.insert(otherOrg, 'two', withKeys(`name:${otherOrg}:n`)))
    })

    it('lets any number of documents have no key at all', async () => {
      for (const id of ['one', 'two', 'three']) granted(await using.samples.insert(org, id, aSample()))
      granted(await using.samples.replace(org, 'one', 1, aSample({ name: 'still none' })))
    })

    it('keeps the keys that a document has before and after, and frees those that it gives up', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('kept', 'freed')))
      granted(await using.samples.replace(org, 'one', 1, withKeys('kept', 'new')))
      expect(await holder(using.samples, 'freed')).toBeUndefined()
      expect(await holder(using.samples, 'new')).toBe('one')
      granted(await using.samples.insert(org, 'two', withKeys('freed')))
      expect(await using.samples.insert(org, 'three', withKeys('kept'))).toEqual(taken('kept'))
    })

    it('frees all keys in the moment of the removal', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('a', 'b')))
      granted(await using.samples.remove(org, 'one', 1))
      expect(await holder(using.samples, 'a')).toBeUndefined()
      granted(await using.samples.insert(org, 'two', withKeys('b', 'a')))
      expect(await holder(using.samples, 'a')).toBe('two')
    })

    it('compares keys exactly', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('Key', 'key', 'key ', 'k\u00e9y', 'ke\u0301y')))
      expect(await holder(using.samples, 'KEY')).toBeUndefined()
    })

    it('reports the stale revision before the taken key: the writer does not know the document', async () => {
      granted(await using.samples.insert(org, 'one', withKeys('a')))
      granted(await using.samples.insert(org, 'two', withKeys('b')))
      granted(await using.samples.replace(org, 'two', 1, withKeys('b')))
      expect(await using.samples.replace(org, 'two', 1, withKeys('a'))).toEqual({
        ok: false,
        error: { code: 'rev_conflict', currentRev: 2 },
      })
    })
  })
}
