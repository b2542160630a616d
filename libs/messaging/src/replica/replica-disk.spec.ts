import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type FeedEntry, newId, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { openReplicaFile, type ReplicaFile, type StepHook } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { RecordedLog } from '../testing/recorded-log.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { ReplicaDisk } from './replica-disk.js'
import { ReplicaDisks } from './replica-disks.js'

type Entry = FeedEntry<OrganizationValue>

const snapshotKey = new Uint8Array(32).fill(7)
const verifiedAt = new Date('2026-05-01T12:00:00Z')

function anEntry(rev = 1, name = 'ACME'): Entry {
  return { v: 1, id: newId('organization'), org: PLATFORM, rev, value: { handle: 'acme', name } }
}

describe('what a replica keeps on the disk', () => {
  let folder: string
  let log: RecordedLog
  let opened: ReplicaFile[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replica-disk-'))
    log = new RecordedLog()
    opened = []
  })
  afterEach(() => {
    for (const file of opened) file.close()
    rmSync(folder, { recursive: true })
  })

  async function open(step?: StepHook): Promise<ReplicaFile> {
    for (const file of opened.splice(0)) file.close()
    const result = await openReplicaFile({ file: join(folder, 'replica.db'), ...(step === undefined ? {} : { step }) })
    if (!result.ok) throw new Error(result.reason)
    opened.push(result.value)
    return result.value
  }

  function diskOn(file: ReplicaFile, key = snapshotKey): ReplicaDisk<'organizations'> {
    return new ReplicaDisk({ kind: 'organizations', file, snapshotKey: key, log })
  }

  function write(disk: ReplicaDisk<'organizations'>, ...entries: Entry[]): void {
    for (const entry of entries) disk.write(`${entry.org}.${entry.id}`, entry.rev, JSON.stringify(entry))
  }

  async function load(file: ReplicaFile, key = snapshotKey): Promise<{ entries: Entry[]; verifiedAt: Date | undefined }> {
    const entries: Entry[] = []
    const loaded = await diskOn(file, key).load((entry) => entries.push(entry))
    return { entries: entries.sort((a, b) => a.id.localeCompare(b.id)), verifiedAt: loaded?.verifiedAt }
  }

  /** A file with these entries that was complete. */
  async function written(...entries: Entry[]): Promise<ReplicaFile> {
    const file = await open()
    const disk = diskOn(file)
    write(disk, ...entries)
    disk.complete(verifiedAt)
    disk.flush()
    return file
  }

  it('comes back as it was, with its age', async () => {
    const [one, two] = [anEntry(), anEntry(3)]
    const gone: Entry = { ...anEntry(2), deleted: true, value: null }
    await written(one, two, gone)
    expect(await load(await open())).toEqual({ entries: [one, two, gone], verifiedAt })
  })

  it('is nothing to start from before it was complete once', async () => {
    const entry = anEntry()
    const file = await open()
    const disk = diskOn(file)
    write(disk, entry)
    disk.flush()
    expect(await load(file)).toEqual({ entries: [entry], verifiedAt: undefined })
    expect(await load(await open())).toEqual({ entries: [entry], verifiedAt: undefined })
  })

  it('holds the newest state only, and forgets what was dropped', async () => {
    const [kept, dropped] = [anEntry(), anEntry()]
    const file = await written(kept, dropped)
    const disk = diskOn(file)
    await disk.load(() => undefined)
    const newer = { ...kept, rev: 2, value: { handle: 'acme', name: 'new' } }
    write(disk, newer)
    disk.remove(`${PLATFORM}.${dropped.id}`)
    disk.flush()
    expect(await load(file)).toEqual({ entries: [newer], verifiedAt })
    expect([...file.all('organizations')].flat()).toHaveLength(2) // the entry and the seal
  })

  it.each<[string, (file: ReplicaFile, one: Entry, two: Entry) => void]>([
    [
      'a changed value',
      (file, one) => {
        tamper(file, one, ({ body, ...row }) => ({ ...row, body: body.replace('ACME', 'EVIL') }))
      },
    ],
    [
      'a changed revision',
      (file, one) => {
        tamper(file, one, (row) => ({ ...row, rev: 99 }))
      },
    ],
    [
      'a row of another key',
      (file, one, two) => {
        tamper(file, one, (row) => ({ ...rowOf(file, two), key: row.key }))
      },
    ],
    [
      'a row of another kind',
      (file, one) => {
        file.upsertMany([
          { ...rowOf(file, one), kind: 'apis', key: 'x' },
          { ...rowOf(file, one), mac: 'x' },
        ])
      },
    ],
    [
      'a row that was taken away',
      (file, one) => {
        file.remove('organizations', `${PLATFORM}.${one.id}`)
      },
    ],
    [
      'a seal that was taken away',
      (file) => {
        file.remove('organizations', '_seal')
      },
    ],
    [
      'a forged seal',
      (file) => {
        tamperKey(file, '_seal', (row) => ({ ...row, body: row.body.replace('2026', '2027') }))
      },
    ],
  ])('is refused whole for %s, and built anew', async (_what, harm) => {
    const [one, two] = [anEntry(), anEntry()]
    const file = await written(one, two)
    harm(file, one, two)
    expect(await load(file)).toEqual({ entries: [], verifiedAt: undefined })
    expect([...file.all('organizations')].flat()).toEqual([])
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'what lies on the disk is refused' }))
    const disk = diskOn(file)
    write(disk, one)
    disk.complete(verifiedAt)
    disk.flush()
    expect(await load(await open())).toEqual({ entries: [one], verifiedAt })
  })

  it('is refused when an old row was put back for a newer one', async () => {
    const entry = anEntry(1, 'may log in')
    const file = await written(entry)
    const old = rowOf(file, entry)
    const disk = diskOn(file)
    await disk.load(() => undefined)
    write(disk, { ...entry, rev: 2, value: { handle: 'acme', name: 'is locked out' } })
    disk.flush()
    file.upsertMany([old])
    expect(await load(file)).toEqual({ entries: [], verifiedAt: undefined })
  })

  it('is refused under another snapshot key', async () => {
    const file = await written(anEntry())
    expect(await load(file, new Uint8Array(32).fill(8))).toEqual({ entries: [], verifiedAt: undefined })
    expect(() => diskOn(file, new Uint8Array(16))).toThrow(new TypeError('the snapshot key needs at least 32 bytes'))
  })

  it('stays whole when the process dies at any point of a write', async () => {
    const [before, after] = [anEntry(), anEntry()]
    await written(before)
    for (const point of ['upsert.begun', 'upsert.written', 'upsert.committed']) {
      const file = await open((step) => {
        if (step === point) throw new Error('killed')
      })
      const dying = diskOn(file)
      await dying.load(() => undefined)
      write(dying, after)
      dying.flush()
      const { entries, verifiedAt: at } = await load(await open())
      expect(at).toEqual(verifiedAt)
      expect(entries).toEqual(point === 'upsert.committed' ? [before, after] : [before])
    }
  })

  it('goes on after a failed write and writes what waited', async () => {
    let full = true
    const file = await open((step) => {
      if (step === 'upsert.begun' && full) throw new Error('disk full')
    })
    const disk = diskOn(file)
    const [one, two] = [anEntry(), anEntry()]
    write(disk, one)
    disk.flush()
    full = false
    write(disk, two)
    disk.complete(verifiedAt)
    disk.flush()
    expect(disk.isUsable).toBe(true)
    expect(await load(await open())).toEqual({ entries: [one, two], verifiedAt })
  })

  it('is written without being asked, soon and in batches', async () => {
    const file = await open()
    const disk = diskOn(file)
    write(disk, ...Array.from({ length: 450 }, () => anEntry()))
    disk.complete(verifiedAt)
    await vi.waitFor(() => {
      expect([...file.all('organizations')].flat()).toHaveLength(451) // the entries and the seal
    })
    expect((await load(file)).entries).toHaveLength(450)
  })

  it('that is cut short is put away and made anew', async () => {
    await written(...Array.from({ length: 100 }, () => anEntry()))
    for (const file of opened.splice(0)) file.close()
    const path = join(folder, 'replica.db')
    truncateSync(path, Math.floor(readFileSync(path).length / 2))
    const disks = await ReplicaDisks.open({ directory: folder, snapshotKey, log })
    expect(disks.path).toBe(path)
    expect(await disks.of('organizations').load(() => undefined)).toBeUndefined()
    disks.close()
    expect(log.text).toContain('the replica file is refused and built anew')
  })

  it('is a file of its own for every process that shares the directory, and nothing on the disk once all are taken', async () => {
    const all: ReplicaDisks[] = []
    for (let count = 0; count < 17; count += 1) all.push(await ReplicaDisks.open({ directory: folder, snapshotKey, log }))
    expect(all.map(({ path }) => path)).toEqual([
      join(folder, 'replica.db'),
      ...Array.from({ length: 15 }, (_, index) => join(folder, `replica-${index + 2}.db`)),
      ':memory:',
    ])
    expect(log.lines).toEqual([
      { level: 'error', message: 'every replica file is in use; this process keeps none', fields: { directory: folder, slots: 16 } },
    ])
    all[3]?.close()
    const next = await ReplicaDisks.open({ directory: folder, snapshotKey, log })
    expect(next.path).toBe(join(folder, 'replica-4.db'))
    for (const disks of [...all, next]) disks.close()
  })

  it('is not made anew for damage while its process lives', async () => {
    const first = await ReplicaDisks.open({ directory: folder, snapshotKey, log })
    truncateSync(join(folder, 'replica.db'), 100)
    const second = await ReplicaDisks.open({ directory: folder, snapshotKey, log })
    expect(second.path).toBe(join(folder, 'replica-2.db'))
    expect(log.lines).toEqual([])
    first.close()
    second.close()
  })
})

describe('a replica with a disk', () => {
  let feed: TestFeed
  let folder: string
  beforeEach(async () => {
    feed = await TestFeed.start()
    folder = mkdtempSync(join(tmpdir(), 'replica-disk-'))
  })
  afterEach(async () => {
    await feed.end()
    rmSync(folder, { recursive: true })
  })

  async function disks(): Promise<ReplicaDisks> {
    const opened = await ReplicaDisks.open({ directory: folder, snapshotKey, log: feed.log })
    feed.onEnd(() => {
      opened.close()
    })
    return opened
  }

  /** A replica lived, and has gone; NATS and the owner went after it. */
  async function lived(): Promise<string> {
    const operator = await Operator.on(feed)
    await operator.makeBucket()
    const id = newId('organization')
    await operator.put(id, 4, 'ACME')
    await operator.complete()
    const before = await disks()
    const replica = feed.replica({ disk: before.of('organizations') })
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'nats' })
    })
    await replica.stop()
    before.close()
    return id
  }

  it('starts ready with NATS and everything else down, and tells its age', async () => {
    const id = await lived()
    await feed.server.kill()
    const began = performance.now()
    const replica = feed.replica({ disk: (await disks()).of('organizations') })
    await replica.start()
    expect(replica.state()).toMatchObject({ ready: true, source: 'disk', entries: 1 })
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(replica.state().ageSeconds).toBeGreaterThan(0)
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 4 })
  })

  it('waits a moment for NATS before it relies on the disk', async () => {
    await lived()
    await feed.server.pause() // it takes the connection and says nothing
    let now = 0
    const replica = feed.replica({ disk: (await disks()).of('organizations'), diskGraceMs: 1_000, uptimeMs: () => now })
    await replica.start()
    expect(replica.state()).toMatchObject({ ready: false, missing: 'organizations are being looked for in NATS' })
    now += 1_001
    expect(replica.state()).toMatchObject({ ready: true, source: 'disk' })
    feed.server.resume()
  })

  it('waits no longer than until it knows that no NATS server is there', async () => {
    await lived()
    await feed.server.kill()
    const replica = feed.replica({ disk: (await disks()).of('organizations'), diskGraceMs: 1_000, uptimeMs: () => 0 })
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'disk' })
    })
  })

  it('does not start from a state that is too old', async () => {
    await lived()
    await feed.server.kill()
    const now = (): number => Date.now() + 3_600_000
    const replica = feed.replica({ disk: (await disks()).of('organizations'), maxStalenessSeconds: 1_800, now })
    await replica.start()
    expect(replica.state()).toMatchObject({ ready: false, missing: 'organizations are older than 1800 s' })
  })

  it('does not take an older value from the bucket than it had on the disk', async () => {
    const id = await lived()
    const operator = await Operator.on(feed)
    await operator.destroyBucket()
    await operator.makeBucket()
    await operator.put(id, 3, 'of an old backup')
    await operator.complete()
    const replica = feed.replica({ disk: (await disks()).of('organizations') })
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'nats' })
    })
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 4 })
  })

  it('is not ready with an empty disk and no NATS, and never allows by default', async () => {
    await feed.server.kill()
    const replica = feed.replica({ disk: (await disks()).of('organizations') })
    await replica.start()
    expect(replica.state()).toMatchObject({ ready: false, missing: 'no connection to NATS, and no organizations on disk', entries: 0 })
  })
})

function rowOf(file: ReplicaFile, entry: Entry): ReturnType<typeof rowAt> {
  return rowAt(file, `${PLATFORM}.${entry.id}`)
}

function rowAt(file: ReplicaFile, key: string): { kind: string; key: string; rev: number; body: string; mac: string } {
  return [...file.all('organizations')].flat().find((row) => row.key === key)!
}

type Row = ReturnType<typeof rowAt>

function tamper(file: ReplicaFile, entry: Entry, change: (row: Row) => Row): void {
  tamperKey(file, `${PLATFORM}.${entry.id}`, change)
}

function tamperKey(file: ReplicaFile, key: string, change: (row: Row) => Row): void {
  file.upsertMany([change(rowAt(file, key))])
}
