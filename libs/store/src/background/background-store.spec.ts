import { mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { storeConformance } from '../conformance/index.js'
import { aSample, sampleDefinition } from '../conformance/sample.js'
import { granted } from '../conformance/use-store.js'
import { openStore } from '../open-store.js'
import { StoreOpenError, StoreUnavailable } from '../port/store.errors.js'
import { openSqliteStore } from '../sqlite/sqlite-store.js'
import { aDirectory, startChild } from '../testing/store-child-process.js'
import { BackgroundStore } from './background-store.js'
import { type StoreState } from './store-opener.js'

storeConformance({
  name: 'SQLite opened in the background',
  open: async (listeners) => {
    const store = new BackgroundStore({ open: async () => openSqliteStore({ file: ':memory:', ...listeners }) })
    await store.attempted()
    return { store, close: async () => store.close() }
  },
})

const states: StoreState[] = []

async function open(dataDirectory: string): Promise<BackgroundStore> {
  states.length = 0
  const store = await openStore({
    service: 'test',
    dataDirectory,
    wantsMongodb: false,
    onUnreadable: () => undefined,
    onState: (state) => states.push(state),
    retryMs: 20,
    watchMs: 20,
  })
  onTestFinished(async () => store.close())
  return store
}

const isOpen = async (store: BackgroundStore, expected: boolean): Promise<void> => {
  await vi.waitFor(
    () => {
      expect(store.state().isOpen).toBe(expected)
    },
    { timeout: 15_000, interval: 10 },
  )
}

/** Every operation of a store that is away fails in the same way. */
async function expectAway(store: BackgroundStore): Promise<void> {
  const samples = store.collection(sampleDefinition)
  const request = { key: 'k', fingerprint: 'f', expiresAt: new Date(), pendingUntil: new Date() }
  const operations: readonly (() => Promise<unknown>)[] = [
    () => samples.insert('acme', 'x', aSample()),
    () => samples.get('acme', 'x'),
    () => samples.getAny('acme', 'x'),
    () => samples.getByKey('acme', 'x'),
    () => samples.listBy('acme', { limit: 1 }),
    () => samples.replace('acme', 'x', 1, aSample()),
    () => samples.advance('acme', 'x', 1, 2),
    () => samples.remove('acme', 'x', 1),
    () => samples.unpublished(1),
    () => samples.markPublished('acme', 'x', 1),
    async () => {
      for await (const chunk of samples.scan({ chunkSize: 1 })) expect(chunk).toEqual([])
    },
    () => samples.collectTombstones(new Date()),
    () => store.leases().acquire('l', 'h', 1),
    () => store.leases().renew('l', 'h', 1),
    () => store.leases().release('l', 'h'),
    () => store.singleUse().claim('n', 'k', new Date(Date.now() + 1_000)),
    () => store.audit().append({ id: 'b', org: 'acme', writer: 'w', records: [] }),
    () => store.audit().page('acme', { limit: 1 }),
    () => store.idempotency().claim(request),
    () => store.idempotency().complete('k', 'c', new Uint8Array()),
    () => store.idempotency().release('k', 'c'),
    () => store.ping(),
  ]
  for (const operation of operations) await expect(operation(), String(operation)).rejects.toThrow(StoreUnavailable)
}

describe('a store that is opened in the background', () => {
  it('is declared at once, refuses all work while its place cannot be used, and opens by itself', async () => {
    const directory = aDirectory()
    mkdirSync(join(directory, 'test.db')) // nobody can write a file of that name
    const store = await open(directory)
    const samples = store.collection(sampleDefinition)
    await expectAway(store)
    expect(store.state()).toMatchObject({ isOpen: false, reason: expect.stringContaining('there is a directory of that name') as unknown })
    rmdirSync(join(directory, 'test.db'))
    await isOpen(store, true)
    granted(await samples.insert('acme', 'one', aSample()))
    expect(states.map((state) => state.isOpen)).toEqual([false, true])
  })

  it('does so also when another process holds the file for long, and takes a start no longer than usual', async () => {
    const directory = aDirectory()
    const file = join(directory, 'test.db')
    await (await openSqliteStore({ file })).close()
    const holder = startChild('holdFile', { file })
    await holder.nextReport()
    const before = performance.now()
    const store = await open(directory)
    expect(performance.now() - before).toBeLessThan(2_500) // the adapter itself waits 5 s for a lock
    await expectAway(store)
    holder.process.stdin.write('let go\n')
    await isOpen(store, true)
    granted(await store.collection(sampleDefinition).insert('acme', 'one', aSample()))
  })

  it('refuses the start for a file that no time will mend', async () => {
    const directory = aDirectory()
    writeFileSync(join(directory, 'test.db'), 'this is no database, though it is long enough to be looked at. '.repeat(40))
    await expect(open(directory)).rejects.toThrow(StoreOpenError)
  })

  it('says so later when it finds out later', async () => {
    let attempts = 0
    const store = new BackgroundStore({
      open: async () => {
        attempts += 1
        throw new StoreOpenError('db', attempts < 3 ? 'It is away.' : 'It refuses the password.', { mayPass: attempts < 3 })
      },
      retryMs: 1,
    })
    onTestFinished(async () => store.close())
    expect(await store.refused).toMatchObject({ message: 'It refuses the password.' })
    expect(attempts).toBe(3)
  })
})

describe('a store that is lost while it is open', () => {
  it('acknowledges no write that went to a file which is not in its place any more, and makes no new one (RS-08)', async () => {
    const directory = aDirectory()
    const data = join(directory, 'data')
    const store = await open(data)
    const samples = store.collection(sampleDefinition)
    granted(await samples.insert('acme', 'one', aSample()))
    renameSync(data, join(directory, 'unmounted'))
    await expect(samples.insert('acme', 'two', aSample())).rejects.toThrow(StoreUnavailable)
    mkdirSync(data) // an empty mount point
    await vi.waitFor(() => {
      expect(store.state().reason).toContain('is gone')
    })
    await expectAway(store)
    expect(readdirSync(data)).toEqual([])

    rmdirSync(data)
    renameSync(join(directory, 'unmounted'), data)
    await isOpen(store, true)
    expect((await samples.get('acme', 'one'))?.rev).toBe(1)
    granted(await samples.insert('acme', 'three', aSample()))
    await store.close()
    const later = await openSqliteStore({ file: join(data, 'test.db') })
    onTestFinished(() => later.close())
    expect((await later.collection(sampleDefinition).get('acme', 'three'))?.rev).toBe(1)
  })

  it('is noticed while nobody writes, and used again when it answers', async () => {
    const directory = aDirectory()
    const store = await open(directory)
    const file = join(directory, 'test.db')
    for (const suffix of ['', '-wal', '-shm']) renameSync(file + suffix, `${file}.away${suffix}`)
    await isOpen(store, false)
    await expectAway(store)
    for (const suffix of ['', '-wal', '-shm']) renameSync(`${file}.away${suffix}`, file + suffix)
    await isOpen(store, true)
  })

  it('stays closed when it is closed', async () => {
    const store = await open(aDirectory())
    await store.close()
    await store.close()
    await expectAway(store)
    expect(store.state()).toEqual({ isOpen: false, reason: 'it is closed' })
  })
})
