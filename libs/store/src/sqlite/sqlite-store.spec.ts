import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'

import { aDirectory, startChild } from '../testing/store-child-process.js'
import { aSample, sampleDefinition, withKeys } from '../conformance/sample.js'
import { granted } from '../conformance/use-store.js'
import { StoreOpenError } from '../port/store.errors.js'
import { openDatabase } from './sqlite-database.js'
import { storeLayout } from './sqlite-layout.js'
import { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.js'

async function open(options: SqliteStoreOptions) {
  const store = await openSqliteStore(options)
  onTestFinished(() => store.close())
  return store
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

const failure = async (file: string): Promise<StoreOpenError> => {
  const error: unknown = await openSqliteStore({ file }).catch((cause: unknown) => cause)
  if (!(error instanceof StoreOpenError)) throw new Error(`not refused as it should be: ${String(error)}`)
  return error
}

describe('the place of a SQLite file', () => {
  it('is made for this user alone, the journal beside it included', async () => {
    const directory = join(aDirectory(), 'a', 'b')
    const file = join(directory, 'store.db')
    const store = await open({ file })
    granted(await store.collection(sampleDefinition).insert('acme', 'one', aSample()))
    expect([mode(directory), mode(file), mode(`${file}-wal`), mode(`${file}-shm`)]).toEqual(['700', '600', '600', '600'])
  })

  it('is closed to others also when it was open to them', async () => {
    const file = join(aDirectory(), 'store.db')
    await (await openSqliteStore({ file })).close()
    chmodSync(file, 0o644)
    await open({ file })
    expect(mode(file)).toBe('600')
  })

  it('keeps the data between two starts', async () => {
    const file = join(aDirectory(), 'store.db')
    const first = await openSqliteStore({ file })
    const stored = granted(await first.collection(sampleDefinition).insert('acme', 'one', withKeys('k')))
    await first.close()
    expect(existsSync(`${file}-wal`)).toBe(false)
    expect(await (await open({ file })).collection(sampleDefinition).getByKey('acme', 'k')).toEqual(stored)
  })

  it('is written ahead, and each commit waits for the disk', async () => {
    const database = await openDatabase(join(aDirectory(), 'store.db'), storeLayout)
    onTestFinished(() => {
      database.close()
    })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA synchronous').get(), '2 is FULL').toEqual({ synchronous: 2 })
  })
})

describe('a SQLite file that cannot be used is refused by one sentence that says what to do:', () => {
  it('a directory without rights', async ({ skip }) => {
    skip(process.platform === 'win32', 'no such rights here')
    const directory = join(aDirectory(), 'closed')
    mkdirSync(directory, { mode: 0o500 })
    const { reports } = await startChild('openWithoutRights', { file: join(directory, 'store.db') }).ended
    const file = join(directory, 'store.db')
    expect(reports).toEqual([
      {
        name: 'StoreOpenError',
        message: `Cannot write ${file}: give the user of this process the right to write in ${directory}, or choose another directory with CAMBIO_DATA_DIR.`,
      },
    ])
  })

  it('a path through a file', async () => {
    const blocker = join(aDirectory(), 'file')
    writeFileSync(blocker, '')
    const file = join(blocker, 'store.db')
    expect((await failure(file)).message).toBe(
      `Cannot write ${file}: a part of its path is not a directory; choose another directory with CAMBIO_DATA_DIR.`,
    )
  })

  it('a directory of its name', async () => {
    const file = join(aDirectory(), 'store.db')
    mkdirSync(file)
    expect((await failure(file)).message).toBe(
      `Cannot write ${file}: there is a directory of that name; remove it, or choose another directory with CAMBIO_DATA_DIR.`,
    )
  })

  it('no database', async () => {
    const file = join(aDirectory(), 'store.db')
    writeFileSync(file, 'this is no database, though it is long enough to be looked at. '.repeat(40))
    expect((await failure(file)).message).toBe(`Cannot use ${file}: it is damaged or is no SQLite database; restore it from a backup.`)
  })

  it("another program's database, which is left as it was", async () => {
    const file = join(aDirectory(), 'store.db')
    const foreign = new DatabaseSync(file)
    foreign.exec('CREATE TABLE theirs (a)')
    foreign.close()
    const content = readFileSync(file)
    expect((await failure(file)).message).toBe(
      `Cannot use ${file}: it is the database of another program; choose another directory with CAMBIO_DATA_DIR.`,
    )
    expect(readFileSync(file)).toEqual(content)
  })

  it('one that a newer version wrote', async () => {
    const file = join(aDirectory(), 'store.db')
    await (await openSqliteStore({ file })).close()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    expect((await failure(file)).message).toBe(
      `Cannot use ${file}: a newer version of Cambio wrote it; start that version, or restore a backup that this version made.`,
    )
  })

  it('one that was cut short', async () => {
    const file = join(aDirectory(), 'store.db')
    await (await openSqliteStore({ file })).close()
    truncateSync(file, 5_000)
    expect((await failure(file)).message).toBe(`Cannot use ${file}: it is damaged or is no SQLite database; restore it from a backup.`)
  })
})

describe('rows that have had their time', () => {
  it('are cleared away by later claims, in bounded numbers', async () => {
    const file = join(aDirectory(), 'store.db')
    let now = Date.parse('2026-11-01T00:00:00Z')
    const store = await open({ file, now: () => now })
    const in10s = (): Date => new Date(now + 10_000)
    const request = (key: string) => ({ key, fingerprint: 'f', expiresAt: in10s(), pendingUntil: in10s() })
    for (let index = 0; index < 20; index += 1) {
      expect(await store.singleUse().claim('jti', `old-${index}`, in10s())).toBe(true)
      await store.idempotency().claim(request(`old-${index}`))
    }
    const reader = new DatabaseSync(file, { readOnly: true })
    onTestFinished(() => {
      reader.close()
    })
    const rows = (table: string) => reader.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows
    now += 11_000
    await store.singleUse().claim('jti', 'new-0', in10s())
    await store.idempotency().claim(request('new-0'))
    expect([rows('single_use'), rows('idempotency')]).toEqual([17, 17])
    for (let index = 1; index < 8; index += 1) {
      await store.singleUse().claim('jti', `new-${index}`, in10s())
      await store.idempotency().claim(request(`new-${index}`))
    }
    expect([rows('single_use'), rows('idempotency')]).toEqual([8, 8])
  })
})

describe('a clock that is set back', () => {
  it('does not make a document older than it was', async () => {
    let now = Date.parse('2026-11-01T00:00:00Z')
    const samples = (await open({ file: ':memory:', now: () => now })).collection(sampleDefinition)
    const first = granted(await samples.insert('acme', 'one', aSample()))
    now -= 3_600_000
    const second = granted(await samples.replace('acme', 'one', 1, aSample()))
    expect(second.updatedAt).toEqual(first.updatedAt)
    expect(second.rev).toBe(2)
  })
})
