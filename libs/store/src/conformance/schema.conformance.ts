import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { type DocumentDefinition } from '../port/document.js'
import { SchemaTooNew, UnreadableDocument } from '../port/store.errors.js'
import { aSample, sampleDefinition, type Sample } from './sample.js'
import { granted, org, useStore, type StoreConformance } from './use-store.js'

/** The same collection as the version before wrote it: the name had another member. */
const older: DocumentDefinition<{ title: string }> = {
  name: sampleDefinition.name,
  schemaVersion: 1,
  parse: (value) => z.strictObject({ title: z.string() }).parse(value),
  uniqueKeys: () => [],
  lookups: () => [],
}

const upgrading: DocumentDefinition<Sample> = {
  ...sampleDefinition,
  upgrade: (value, writtenVersion) => {
    const { title } = older.parse(value)
    return aSample({ name: `${title}, from version ${writtenVersion}` })
  },
}

export function schemaConformance(conformance: StoreConformance): void {
  describe('schema versions', () => {
    const using = useStore(conformance)

    it('lifts a document of an older version, and writes it in the present one', async () => {
      granted(await using.store.collection(older).insert(org, 'one', { title: 'Okta' }))
      const samples = using.store.collection(upgrading)
      const read = await samples.get(org, 'one')
      expect(read?.value).toEqual(aSample({ name: 'Okta, from version 1' }))
      granted(await samples.replace(org, 'one', 1, aSample({ name: 'rewritten' })))
      expect((await samples.get(org, 'one'))?.value.name).toBe('rewritten')
    })

    it('refuses a document of a newer version by name, and neither misreads, replaces nor removes it', async () => {
      const stored = granted(await using.samples.insert(org, 'one', aSample()))
      const old = using.store.collection(older)
      const refusal = new SchemaTooNew(sampleDefinition.name, { org, id: 'one' }, 2, 1)
      await expect(old.get(org, 'one')).rejects.toThrow(refusal)
      await expect(old.getAny(org, 'one')).rejects.toThrow(refusal)
      await expect(old.listBy(org, { limit: 10 })).rejects.toThrow(refusal)
      await expect(old.replace(org, 'one', 1, { title: 'overwritten' })).rejects.toThrow(refusal)
      await expect(old.remove(org, 'one', 1)).rejects.toThrow(refusal)
      await expect(old.advance(org, 'one', 1, 9)).rejects.toThrow(refusal)
      expect(await using.samples.get(org, 'one')).toEqual(stored)
    })

    it('names a document that cannot be read and the places in it, and not what stands there', async () => {
      granted(await using.store.collection(older).insert(org, 'one', { title: 'confidential' }))
      const error: unknown = await using.samples.get(org, 'one').catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(UnreadableDocument)
      expect(error).toMatchObject({ code: 'unreadable_document', collection: sampleDefinition.name, org, id: 'one' })
      expect((error as UnreadableDocument).paths).toContain('name')
      expect(JSON.stringify(error) + String(error)).not.toContain('confidential')
    })

    it('parks what it cannot read: outbox and scan report it and go on with the others (EV-11)', async () => {
      const old = using.store.collection(older)
      granted(await using.samples.insert(org, 'new', aSample()))
      const title = { title: 'readable' }
      granted(await old.insert(org, 'one', title))
      granted(await old.insert(org, 'two', title))
      expect((await old.unpublished(2)).map(({ id }) => id).toSorted()).toEqual(['one', 'two'])
      const scanned: string[] = []
      for await (const chunk of old.scan({ chunkSize: 2 })) scanned.push(...chunk.map(({ id }) => id))
      expect(scanned.toSorted()).toEqual(['one', 'two'])
      await vi.waitFor(() => {
        expect(using.refusals).toHaveLength(2)
      })
      const refusal = { code: 'schema_too_new', org, id: 'new', writtenVersion: 2 }
      expect(using.refusals).toMatchObject([refusal, refusal])
    })
  })
}
