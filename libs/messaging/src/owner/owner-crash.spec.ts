import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { newId, PLATFORM } from '@cambio/contracts'
import { documentSteps, openSqliteStore, type StoredEntry } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { feedSteps } from '../feed/feed-step.js'
import { Operator, organizationsIn, TestFeed } from '../testing/test-feed.js'

interface Write {
  readonly method: 'insert' | 'replace' | 'remove'
  readonly org: string
  readonly id: string
  readonly rev: number
  readonly value: { readonly handle: string; readonly name: string }
}

type Report = { readonly begun: Write } | { readonly acknowledged: Write }

const aWrite = (method: Write['method'], id: string, rev: number, name: string): Write => ({
  method,
  org: PLATFORM,
  id,
  rev,
  value: { handle: 'acme', name },
})

/** Inserts, replacements and a removal, twice: before the owner publishes, and while it does. */
function someWrites(): readonly Write[] {
  return [1, 2].flatMap((round) => {
    const [changed, removed] = [newId('organization'), newId('organization')]
    return [
      aWrite('insert', changed, 0, `inserted in round ${round}`),
      aWrite('insert', removed, 0, 'to be removed'),
      aWrite('replace', changed, 1, `replaced in round ${round}`),
      aWrite('remove', removed, 1, ''),
      aWrite('replace', changed, 2, `replaced again in round ${round}`),
    ]
  })
}

/** The revision that a write leads to. */
const revAfter = ({ method, rev }: Write): number => (method === 'insert' ? 1 : rev + 1)

describe('an owner that is killed (SIGKILL)', () => {
  let feed: TestFeed
  let operator: Operator
  let folder: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cambio-crash-'))
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
    rmSync(folder, { recursive: true })
  })

  /** A store and a bucket that do not agree, so that an owner has everything to do that it can have to do. */
  async function disagreement(file: string): Promise<readonly string[]> {
    const store = await openSqliteStore({ file })
    const collection = organizationsIn(store)
    await operator.makeBucket()
    const [kept, missing, ahead, pending, gone] = [
      await feed.insert('kept', collection),
      await feed.insert('missing', collection),
      await feed.insert('ahead', collection),
      await feed.insert('pending', collection),
      await feed.insert('gone', collection),
    ]
    await feed.remove(gone, 1, collection)
    for (const id of [kept, missing, ahead]) await collection.markPublished(PLATFORM, id, 1)
    await operator.put(kept, 1, 'kept')
    await operator.put(ahead, 4, 'of another store')
    await operator.put(newId('organization'), 1, 'never written')
    await store.close()
    return [kept, missing, ahead, pending, gone]
  }

  async function killedAt(fatalStep: string, file: string, writes: readonly Write[]): Promise<readonly Report[]> {
    const folderOfScripts = join(import.meta.dirname, '../testing')
    const settings = JSON.stringify({ file, natsUrl: feed.server.url, fatalStep, writes })
    const child = spawn(
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', '--conditions=@cambio/source'],
        ...['--import', join(folderOfScripts, 'source-hooks.mjs'), join(folderOfScripts, 'owner-child.mjs'), settings],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    feed.onEnd(() => void child.kill('SIGKILL'))
    const reports: Report[] = []
    createInterface({ input: child.stdout }).on('line', (line) => reports.push(JSON.parse(line) as Report))
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
    return reports
  }

  async function stored(file: string): Promise<ReadonlyMap<string, StoredEntry<unknown>>> {
    const store = await openSqliteStore({ file })
    const entries = new Map<string, StoredEntry<unknown>>()
    for await (const chunk of organizationsIn(store).scan({ chunkSize: 100 })) for (const entry of chunk) entries.set(entry.id, entry)
    await store.close()
    return entries
  }

  // Between begin and commit nothing of a write can be seen from outside; the store's own spec dies at each of those points.
  const ofWrites = documentSteps.filter((step) => !step.endsWith('.written') && !step.endsWith('.indexed'))
  const steps = [...ofWrites, 'collect.begun', 'collect.committed', ...feedSteps]

  it.each(steps)(
    'at %s has every acknowledged write in store and bucket within 10 s of the next start, and nothing else (EV-02, EV-14)',
    async (step) => {
      const file = join(folder, 'store.db')
      const prepared = await disagreement(file)
      const reports = await killedAt(step, file, someWrites())

      const found = await stored(file)
      const begun = reports.flatMap((report) => ('begun' in report ? [report.begun] : []))
      const acknowledged = reports.flatMap((report) => ('acknowledged' in report ? [report.acknowledged] : []))
      for (const write of acknowledged) expect(found.get(write.id)?.rev, JSON.stringify(write)).toBeGreaterThanOrEqual(revAfter(write))
      expect([...found.keys()].filter((id) => !prepared.includes(id) && !begun.some((write) => write.id === id))).toEqual([])
      for (const write of begun.slice(0, acknowledged.length)) expect(acknowledged).toContainEqual(write)

      // The lease of the dead one has run out.
      const store = await openSqliteStore({ file, now: () => Date.now() + 16_000 })
      const collection = organizationsIn(store)
      const startedAt = Date.now()
      const next = feed.owner({ collection, leases: store.leases() })
      feed.onEnd(async () => {
        await next.stop()
        await store.close()
      })
      next.start()
      await vi.waitFor(
        async () => {
          expect(await collection.unpublished(10)).toEqual([])
          expect(next.status().reconciledAt?.getTime()).toBeGreaterThanOrEqual(startedAt)
        },
        { timeout: 10_000, interval: 50 },
      )
      expect(await operator.entries()).toEqual(await entriesOf(collection))
      expect((await (await operator.kv()).get('_meta'))?.json()).toMatchObject({ complete: true })
      expect((await collection.getAny(PLATFORM, prepared[2]!))?.rev).toBeGreaterThan(4)
    },
  )

  async function entriesOf(collection: ReturnType<typeof organizationsIn>): Promise<Readonly<Record<string, object>>> {
    const entries: Record<string, object> = {}
    for await (const chunk of collection.scan({ chunkSize: 100 })) {
      for (const entry of chunk) {
        const { id, org, rev } = entry
        entries[`${org}.${id}`] = entry.deleted
          ? { v: 1, id, org, rev, deleted: true, value: null }
          : { v: 1, id, org, rev, value: entry.value }
      }
    }
    return entries
  }
})
