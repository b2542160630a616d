import { describe, expect, it } from 'vitest'

import { type StoredEntry } from '../port/document.js'
import { aSample, type Sample } from './sample.js'
import { granted, org, otherOrg, useStore, type StoreConformance } from './use-store.js'

export function scanConformance(conformance: StoreConformance): void {
  describe('scan', () => {
    const using = useStore(conformance)

    const scanAll = async (chunkSize: number): Promise<readonly (readonly StoredEntry<Sample>[])[]> => {
      const chunks: (readonly StoredEntry<Sample>[])[] = []
      for await (const chunk of using.samples.scan({ chunkSize })) chunks.push(chunk)
      return chunks
    }

    const insertMany = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        granted(await using.samples.insert(index % 2 === 0 ? org : otherOrg, `doc-${index}`, aSample()))
      }
    }

    it('gives nothing of an empty collection', async () => {
      expect(await scanAll(10)).toEqual([])
    })

    it('gives all documents and tombstones of all organizations in chunks', async () => {
      await insertMany(7)
      const tombstone = granted(await using.samples.remove(org, 'doc-2', 1))
      const chunks = await scanAll(3)
      expect(chunks.map(({ length }) => length)).toEqual([3, 3, 1])
      const entries = chunks.flat()
      expect(entries.map(({ id }) => id).toSorted()).toEqual(Array.from({ length: 7 }, (_, index) => `doc-${index}`))
      expect(entries.find(({ id }) => id === 'doc-2')).toEqual(tombstone)
      expect(entries.find(({ id }) => id === 'doc-3')).toEqual(await using.samples.get(otherOrg, 'doc-3'))
    })

    it('gives an entry that is there all the time exactly once, whatever changes meanwhile', async () => {
      await insertMany(20)
      const seen: string[] = []
      for await (const chunk of using.samples.scan({ chunkSize: 4 })) {
        seen.push(...chunk.map(({ id }) => id))
        if (seen.length > 100) break
        granted(await using.samples.insert(org, `new-${seen.length}`, aSample()))
        const first = await using.samples.get(org, 'doc-0')
        granted(await using.samples.replace(org, 'doc-0', first?.rev ?? 0, aSample()))
        const last = await using.samples.get(org, 'doc-18')
        granted(await using.samples.replace(org, 'doc-18', last?.rev ?? 0, aSample()))
      }
      const ours = seen.filter((id) => id.startsWith('doc-'))
      expect(ours.toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => `doc-${index}`).toSorted())
    })

    it('lets other work run between, and may be left at any time', async () => {
      await insertMany(10)
      for await (const chunk of using.samples.scan({ chunkSize: 2 })) {
        expect(chunk).toHaveLength(2)
        break
      }
      granted(await using.samples.insert(org, 'after', aSample()))
      const [first, second] = await Promise.all([scanAll(3), scanAll(4)])
      expect(first.flat()).toHaveLength(11)
      expect(second.flat()).toHaveLength(11)
    })
  })
}
