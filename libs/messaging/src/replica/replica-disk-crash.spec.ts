import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { newId, PLATFORM } from '@cambio/contracts'
import { openReplicaFile, replicaFileSteps } from '@cambio/store'
import { freePort } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { RecordedLog } from '../testing/recorded-log.js'
import { ReplicaChild, type ReplicaChildOptions } from '../testing/replica-child-process.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { ReplicaDisks } from './replica-disks.js'
import { ReplicaDisk } from './replica-disk.js'

const snapshotKey = 'ab'.repeat(32)
const key = Buffer.from(snapshotKey, 'hex')

describe('the replica file of a real process', () => {
  let feed: TestFeed
  let operator: Operator
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cambio-replica-crash-'))
    file = join(folder, 'replica.db')
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
    await operator.makeBucket()
    await operator.complete()
  })
  afterEach(async () => {
    await feed.end()
    rmSync(folder, { recursive: true })
  })

  const child = (options: Partial<ReplicaChildOptions> = {}): ReplicaChild =>
    new ReplicaChild({ natsUrl: feed.server.url, file, snapshotKey, pollIntervalMs: 100, ...options })

  async function agrees(replica: ReplicaChild, id: string, rev: number): Promise<void> {
    await vi.waitFor(
      async () => {
        expect(await replica.ask(id)).toMatchObject({ entry: { rev }, state: { ready: true, source: 'nats' } })
      },
      { timeout: 20_000 },
    )
  }

  it.each(replicaFileSteps)(
    'is good after kill -9 at %s: whole batches and a seal that fits them (EV-14)',
    async (fatalStep) => {
      const owner = feed.owner() // knows nothing, so that what it is asked about is dropped, and removed from the file
      await feed.serveConfirmations([owner])
      const [changed, dropped] = [newId('organization'), newId('organization')]
      await operator.put(changed, 1, 'before')
      await operator.put(dropped, 1, 'to be dropped')
      const isRemoval = fatalStep.startsWith('remove')
      // The first two batches bring the bucket and its age; then comes the change.
      const doomed = child({ fatalStep, fatalCount: isRemoval ? 1 : 2 })
      if (isRemoval) {
        await agrees(doomed, dropped, 1)
        await operator.purge(dropped)
      } else {
        for (let rev = 2; doomed.isAlive && rev < 300; rev += 1) {
          await operator.put(changed, rev, 'after')
          await delay(30)
        }
      }
      expect(await doomed.ended).toEqual([null, 'SIGKILL'])
      const opened = await openReplicaFile({ file })
      if (!opened.ok) throw new Error(opened.reason)
      const log = new RecordedLog()
      const entries: { readonly id: string }[] = []
      await new ReplicaDisk({ kind: 'organizations', file: opened.value, snapshotKey: key, log }).load((entry) => entries.push(entry))
      opened.value.close()
      expect(log.lines).toEqual([])
      const ids = entries.map(({ id }) => id).sort()
      // What arrived in the same moment may be two batches.
      if (isRemoval) expect(ids).toEqual([changed])
      else expect([[changed], [dropped], [changed, dropped].sort()]).toContainEqual(ids)
      const next = child()
      await operator.put(changed, 500, 'last')
      await agrees(next, changed, 500)
      expect((await next.ask(dropped)).entry).toEqual(isRemoval ? null : expect.objectContaining({ rev: 1 }))
    },
    60_000,
  )

  it('that cannot grow any more leaves the process up, serving, and saying so; a start needs NATS then', async () => {
    const replica = child({ fileLimitKiB: 160 })
    const ids = Array.from({ length: 60 }, () => newId('organization'))
    for (const id of ids) await operator.put(id, 1, 'x'.repeat(200))
    for (let round = 2; round < 60 && !(await replica.ask()).state.isDiskFailing; round += 1) {
      await Promise.all(ids.map(async (id) => operator.put(id, round, String(round).repeat(100))))
    }
    await vi.waitFor(
      async () => {
        expect((await replica.ask()).state).toMatchObject({ ready: true, isDiskFailing: true, alerts: ['disk'] })
      },
      { timeout: 20_000 },
    )
    expect(replica.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'the replica file cannot be written' }))
    await operator.put(ids[0]!, 99, 'still')
    await agrees(replica, ids[0]!, 99)
    expect(replica.isAlive).toBe(true)
    replica.kill('SIGKILL')
    await replica.ended
    // What was written before is good, and what is missing comes from NATS.
    const next = child()
    await agrees(next, ids[0]!, 99)
    expect(next.lines.filter(({ message }) => message.includes('refused'))).toEqual([])
  }, 60_000)

  describe('that lies there at a start', () => {
    let id: string
    beforeEach(async () => {
      id = newId('organization')
      for (let index = 0; index < 40; index += 1) await operator.put(newId('organization'), 1, 'y'.repeat(200))
      await operator.put(id, 4, 'ACME')
      await lives()
    })

    /** A replica that follows the bucket until all is on the disk. */
    async function lives(): Promise<void> {
      const disks = await ReplicaDisks.open({ directory: folder, snapshotKey: key, log: feed.log })
      const replica = feed.replica({ disk: disks.of('organizations') })
      await replica.start()
      await vi.waitFor(() => {
        expect(replica.state()).toMatchObject({ ready: true, source: 'nats', lag: 0 })
      }, 10_000)
      await replica.stop()
      disks.close()
    }

    /** Starts with everything else away; gives its state and what was said. */
    async function cold(
      snapshot: Uint8Array = key,
    ): Promise<{ ready: boolean; entries: number; rev: number | undefined; log: string; ageSeconds?: number | undefined }> {
      const log = new RecordedLog()
      const disks = await ReplicaDisks.open({ directory: folder, snapshotKey: snapshot, log })
      const link = feed.link('nowhere')
      await link.close()
      const replica = feed.replica({ disk: disks.of('organizations'), log, link })
      await replica.start()
      const { ready, entries, ageSeconds } = replica.state()
      const rev = replica.get(PLATFORM, id)?.rev
      await replica.stop()
      disks.close()
      return { ready, entries, rev, log: log.text, ageSeconds }
    }

    it('is used as it was left', async () => {
      expect(await cold()).toMatchObject({ ready: true, entries: 41, rev: 4, log: '[]' })
    })

    it.each<[string, () => void]>([
      [
        'was cut short',
        () => {
          truncateSync(file, Math.floor(statSync(file).size / 2))
        },
      ],
      [
        'is empty but for its head',
        () => {
          truncateSync(file, 4_096)
        },
      ],
      [
        'has a page of zeros',
        () => {
          overwrite(file, 4_096 * 2, Buffer.alloc(4_096))
        },
      ],
      [
        'has a page of rubbish',
        () => {
          overwrite(file, 4_096 * 2, Buffer.alloc(4_096, 0xa5))
        },
      ],
      [
        'has another head',
        () => {
          overwrite(file, 0, Buffer.from('no database at all'))
        },
      ],
    ])('is refused when it %s, said so, and built anew from NATS', async (_what, harm) => {
      harm()
      const refused = await cold()
      expect(refused).toMatchObject({ ready: false, entries: 0, rev: undefined })
      expect(refused.log).toContain('refused')
      await lives()
      expect(await cold()).toMatchObject({ ready: true, entries: 41, rev: 4, log: '[]' })
    })

    it('is refused whole under another snapshot key', async () => {
      const refused = await cold(Buffer.alloc(32, 9))
      expect(refused).toMatchObject({ ready: false, entries: 0 })
      expect(refused.log).toContain('the snapshot key is another one')
    })

    it('is used when it is an old one that was put back, tells its age, and the bucket brings the rest', async () => {
      const copy = join(folder, 'backup')
      copyFileSync(file, copy)
      await operator.put(id, 9, 'newer')
      await lives()
      expect(await cold()).toMatchObject({ rev: 9 })
      for (const part of [`${file}-wal`, `${file}-shm`]) rmSync(part, { force: true })
      copyFileSync(copy, file)
      const { ready, rev, ageSeconds } = await cold()
      expect({ ready, rev }).toEqual({ ready: true, rev: 4 })
      expect(ageSeconds).toBeGreaterThan(0)
      await lives()
      expect(await cold()).toMatchObject({ rev: 9 })
    })
  })

  it('lets a process start that nobody answers, from what it had', async () => {
    const id = newId('organization')
    await operator.put(id, 3, 'ACME')
    const first = child()
    await agrees(first, id, 3)
    await vi.waitFor(async () => {
      const { state } = await first.ask()
      expect(state.appliedAt).toBeDefined()
    })
    await delay(300) // rows are written after 50 ms
    first.kill('SIGKILL')
    await first.ended
    const second = child({ natsUrl: `nats://127.0.0.1:${await freePort()}` })
    const { entry, state } = await second.ask(id)
    expect({ entry, state }).toMatchObject({ entry: { rev: 3 }, state: { ready: true, source: 'disk' } })
    expect(state.ageSeconds).toBeGreaterThan(0)
  })
})

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, offset)
  closeSync(descriptor)
}
