import { existsSync, mkdirSync, openSync, closeSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'

import { aDirectory, startChild } from '../testing/store-child-process.js'
import { StoreOpenError, StoreUnavailable } from '../port/store.errors.js'
import { openSqliteStore } from '../sqlite/sqlite-store.js'
import { ReplicaFileCorrupt, type ReplicaFile, type ReplicaRow } from './replica-file.js'
import { openReplicaFile, type UnusableReplicaFile } from './sqlite-replica-file.js'

const row = (key: string, given: Partial<ReplicaRow> = {}): ReplicaRow => ({
  kind: 'apis',
  key,
  rev: 1,
  body: `{"k":"${key}"}`,
  mac: 'mac',
  ...given,
})

async function opened(file: string): Promise<ReplicaFile> {
  const result = await openReplicaFile({ file })
  if (!result.ok) throw new Error(`the file is ${result.reason}`)
  onTestFinished(() => {
    result.value.close()
  })
  return result.value
}

async function unusable(file: string): Promise<UnusableReplicaFile> {
  const result = await openReplicaFile({ file })
  if (result.ok) throw new Error('the file was taken')
  return result
}

const aFile = (): string => join(aDirectory(), 'replica.db')

/** A file with so many rows that damage anywhere past its head hits one of them. */
async function filled(file: string, bodyLength = 500): Promise<void> {
  const replica = await opened(file)
  replica.upsertMany(
    Array.from({ length: 400 }, (_, index) => row(`acme.${String(index).padStart(4, '0')}`, { body: 'x'.repeat(bodyLength) })),
  )
  replica.close()
}

describe('a replica file', () => {
  it('gives back what was written, by kind and in the order of keys, also after a restart', async () => {
    const file = aFile()
    const first = await opened(file)
    first.upsertMany([row('acme.b'), row('acme.a', { body: 'ünï \u0000 🜁' }), row('acme.a', { kind: 'applications', rev: 7 })])
    first.close()
    const second = await opened(file)
    expect([...second.all('apis')]).toEqual([[row('acme.a', { body: 'ünï \u0000 🜁' }), row('acme.b')]])
    expect([...second.all('applications')]).toEqual([[row('acme.a', { kind: 'applications', rev: 7 })]])
    expect([...second.all('none')]).toEqual([])
  })

  it('puts a row in place of the former one, whatever its revision: the caller has decided', async () => {
    const replica = await opened(aFile())
    replica.upsertMany([row('a', { rev: 9 })])
    replica.upsertMany([row('a', { rev: 3, body: 'restored', mac: 'other' })])
    expect([...replica.all('apis')]).toEqual([[row('a', { rev: 3, body: 'restored', mac: 'other' })]])
  })

  it('drops a row, and takes it well when there is none', async () => {
    const replica = await opened(aFile())
    replica.upsertMany([row('a'), row('b'), row('a', { kind: 'applications' })])
    replica.remove('apis', 'a')
    replica.remove('apis', 'none')
    expect([...replica.all('apis')].flat().map(({ key }) => key)).toEqual(['b'])
    expect([...replica.all('applications')].flat()).toHaveLength(1)
  })

  it('gives many rows in chunks of at most 500, each once, while rows are written', async () => {
    const replica = await opened(aFile())
    replica.upsertMany(Array.from({ length: 1_201 }, (_, index) => row(String(index).padStart(5, '0'))))
    const sizes: number[] = []
    for (const chunk of replica.all('apis')) {
      sizes.push(chunk.length)
      replica.upsertMany([row('00000', { rev: 2 })])
    }
    expect(sizes).toEqual([500, 500, 201])
  })

  it('keeps values beside the rows', async () => {
    const file = aFile()
    const replica = await opened(file)
    expect(replica.getMeta('appliedAt')).toBeUndefined()
    replica.setMeta('appliedAt', '1')
    replica.setMeta('appliedAt', '2')
    replica.close()
    expect((await opened(file)).getMeta('appliedAt')).toBe('2')
  })

  it('is readable by this user alone', async () => {
    const file = aFile()
    const replica = await opened(file)
    replica.upsertMany([row('a')])
    for (const part of [file, `${file}-wal`]) expect((statSync(part).mode & 0o777).toString(8)).toBe('600')
  })

  it('throws StoreUnavailable once it is closed, and closes twice', async () => {
    const replica = await opened(aFile())
    replica.close()
    replica.close()
    expect(() => {
      replica.upsertMany([row('a')])
    }).toThrow(StoreUnavailable)
    expect(() => [...replica.all('apis')]).toThrow(StoreUnavailable)
  })

  it.each(['upsert.begun', 'upsert.written', 'upsert.committed'])(
    'holds a whole batch or nothing of it after kill -9 at %s (EV-14)',
    async (step) => {
      const file = aFile()
      const before = await opened(file)
      before.upsertMany([row('a', { body: 'before' })])
      before.close()
      expect(await startChild('crashReplica', { file, step }).ended).toMatchObject({ signal: 'SIGKILL' })
      const bodies = [...(await opened(file)).all('apis')].flat().map(({ body }) => body)
      expect(bodies).toEqual(step === 'upsert.committed' ? ['after', 'after', 'after'] : ['before'])
    },
  )
})

describe('a replica file that cannot be used', () => {
  const rebuilds = async (file: string, refusal: UnusableReplicaFile): Promise<void> => {
    refusal.discard()
    expect(existsSync(file)).toBe(false)
    expect([...(await opened(file)).all('apis')]).toEqual([])
  }

  it.each([0.3, 0.9])('is reported when it was cut short (to %d of its length), and built anew after it was discarded', async (part) => {
    const file = aFile()
    await filled(file)
    truncateSync(file, Math.floor(statSync(file).size * part))
    const refusal = await unusable(file)
    expect(refusal.reason).toBe('corrupt')
    await rebuilds(file, refusal)
  })

  it('is reported when its pages were overwritten', async () => {
    const file = aFile()
    await filled(file)
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, Buffer.alloc(4_096 * 10, 0xa5), 0, undefined, 4_096 * 8)
    closeSync(descriptor)
    const refusal = await unusable(file)
    expect(refusal.reason).toBe('corrupt')
    await rebuilds(file, refusal)
  })

  it('is reported when it is no database', async () => {
    const file = aFile()
    writeFileSync(file, 'no database at all '.repeat(300))
    const refusal = await unusable(file)
    expect(refusal.reason).toBe('corrupt')
    await rebuilds(file, refusal)
  })

  it("is reported when it is a service's database, which nothing changes in", async () => {
    const file = aFile()
    await (await openSqliteStore({ file })).close()
    const content = readFileSync(file)
    expect((await unusable(file)).reason).toBe('corrupt')
    expect(readFileSync(file)).toEqual(content)
  })

  it('is told apart when a newer version wrote it', async () => {
    const file = aFile()
    await filled(file)
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 2')
    newer.close()
    const refusal = await unusable(file)
    expect(refusal.reason).toBe('newer_version')
    await rebuilds(file, refusal)
  })

  it('throws ReplicaFileCorrupt when it is damaged while it is open', async () => {
    const file = aFile()
    await filled(file, 60_000) // more than the page cache holds
    const replica = await opened(file)
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, Buffer.alloc(statSync(file).size - 4_096 * 2, 0xa5), 0, undefined, 4_096 * 2)
    closeSync(descriptor)
    expect(() => [...replica.all('apis')]).toThrow(ReplicaFileCorrupt)
  })

  it('throws StoreOpenError when its place cannot be used', async () => {
    const file = aFile()
    mkdirSync(file)
    await expect(openReplicaFile({ file })).rejects.toThrow(StoreOpenError)
  })
})
