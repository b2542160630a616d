import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { FEED_REV_LEAP_MAX, FEED_REV_MAX, newId, type OrganizationId, PLATFORM } from '@cambio/contracts'
import { openSqliteStore } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type FeedStep } from '../feed/feed-step.js'
import { type FeedReplica } from '../replica/feed-replica.js'
import { Operator, organizationsIn, TestFeed } from '../testing/test-feed.js'
import { type FeedOwner } from './feed-owner.js'

const within = { timeout: 10_000, interval: 20 }

describe('a bucket that is ahead of its store', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  async function holds(replica: FeedReplica<'organizations'>, id: OrganizationId, expected: object | undefined): Promise<void> {
    await vi.waitFor(async () => {
      if (expected === undefined) expect(replica.get(PLATFORM, id)).toBeUndefined()
      else expect(replica.get(PLATFORM, id)).toMatchObject(expected)
      // A replica and the bucket say the same.
      expect(await operator.read(id)).toEqual(replica.get(PLATFORM, id))
    }, within)
  }

  async function compared(owner: FeedOwner<'organizations', never>): Promise<void> {
    await vi.waitFor(() => {
      expect(owner.status().reconciledAt).toBeDefined()
    }, within)
  }

  async function startedReplica(): Promise<FeedReplica<'organizations'>> {
    const replica = feed.replica()
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state().ready).toBe(true)
    }, within)
    return replica
  }

  /** An owner that compares again as soon as it is asked to: it is stopped and another is started. */
  async function comparesAgain(): Promise<FeedOwner<'organizations', never>> {
    const owner = feed.owner() as FeedOwner<'organizations', never>
    owner.start()
    await compared(owner)
    return owner
  }

  it('is put above by a store that was restored from an older backup: database, bucket and replicas agree again (RS-13)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cambio-restore-'))
    feed.onEnd(() => {
      rmSync(folder, { recursive: true })
    })
    const file = join(folder, 'store.db')
    const owned = async () => {
      const store = await openSqliteStore({ file })
      const collection = organizationsIn(store)
      const owner = feed.owner({ collection, leases: store.leases() })
      const end = async (): Promise<void> => {
        await owner.stop()
        await store.close()
      }
      return { collection, owner, end }
    }
    const before = await owned()
    const [changed, removed, untouched] = await Promise.all([
      feed.insert('A', before.collection),
      feed.insert('B', before.collection),
      feed.insert('C', before.collection),
    ])
    await before.end()
    cpSync(file, `${file}.backup`)

    const after = await owned()
    after.owner.start()
    await feed.rename(changed, 1, 'after the backup', after.collection)
    await feed.rename(changed, 2, 'and once more', after.collection)
    await feed.remove(removed, 1, after.collection)
    const created = await feed.insert('created after the backup', after.collection)
    for (const [id, rev] of [
      [changed, 3],
      [removed, 2],
      [created, 1],
      [untouched, 1],
    ] as const) {
      expect(await after.owner.settled(PLATFORM, id, rev, { deadlineMs: 5_000 })).toBe(true)
    }
    const replica = await startedReplica()
    await holds(replica, changed, { rev: 3, value: { name: 'and once more' } })
    await after.end()

    cpSync(`${file}.backup`, file)
    const restored = await owned()
    // Changed before it is compared, up to a revision that the bucket holds with another content.
    await feed.rename(changed, 1, 'after the restore', restored.collection)
    await feed.rename(changed, 2, 'of the restored store', restored.collection)
    await feed.serveConfirmations([restored.owner])
    restored.owner.start()
    feed.onEnd(restored.end)
    await holds(replica, changed, { rev: 4, value: { name: 'of the restored store' } })
    await holds(replica, removed, { rev: 3, value: { name: 'B' } })
    await holds(replica, untouched, { rev: 1, value: { name: 'C' } })
    await holds(replica, created, undefined)
    expect(await restored.collection.unpublished(10)).toEqual([])
    expect(await restored.collection.get(PLATFORM, changed)).toMatchObject({ rev: 4, publishedRev: 4 })
    expect(restored.owner.status()).toMatchObject({ healed: 2, forged: 0 })
    const lines = feed.log.lines.filter(({ message }) => message === 'the bucket was ahead of the store, whose state is published above it')
    expect(lines).toMatchObject([{ level: 'error', fields: { kind: 'organizations', ahead: 2 } }])
  })

  it.each([
    ['a higher revision', 7],
    ['the highest leap that a replica believes', 1 + FEED_REV_LEAP_MAX],
  ])('through a forgery with %s: what replicas believed ends with the next comparison (EV-16)', async (_what, forgedRev) => {
    const owner = await comparesAgain()
    const [id, gone] = [await feed.insert('true'), await feed.insert('gone')]
    await feed.remove(gone, 1)
    await owner.settled(PLATFORM, gone, 2, { deadlineMs: 5_000 })
    const replica = await startedReplica()
    await holds(replica, id, { rev: 1 })
    await owner.stop()
    await operator.put(id, forgedRev, 'forged')
    await operator.put(gone, forgedRev, 'raised from the dead')
    await vi.waitFor(() => {
      expect(replica.get(PLATFORM, id)).toMatchObject({ value: { name: 'forged' } })
    }, within)
    const next = await comparesAgain()
    await holds(replica, id, { rev: forgedRev + 1, value: { name: 'true' } })
    await holds(replica, gone, { rev: forgedRev + 1, deleted: true, value: null })
    expect(next.status()).toMatchObject({ lastReconciliation: { ahead: 2 }, healed: 2 })
    // The store goes on from there.
    await feed.rename(id, forgedRev + 1, 'changed since')
    next.publishSoon()
    await holds(replica, id, { rev: forgedRev + 2, value: { name: 'changed since' } })
  })

  it('through a forgery of the same revision: a replica that starts later believes it, and is corrected (EV-16)', async () => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    await owner.stop()
    await operator.put(id, 1, 'forged')
    const replica = await startedReplica()
    expect(replica.get(PLATFORM, id)).toMatchObject({ value: { name: 'forged' } })
    await comparesAgain()
    await holds(replica, id, { rev: 2, value: { name: 'true' } })
  })

  it.each([
    ['over 2^48, which nobody can read', FEED_REV_MAX + 1],
    ['at the end of exact numbers', Number.MAX_SAFE_INTEGER],
    ['that leaps further than any owner', 2 + FEED_REV_LEAP_MAX],
    ['at 2^48', FEED_REV_MAX],
  ])('is not followed to a revision %s: it is overwritten in its place (EV-16)', async (_what, forgedRev) => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    await owner.stop()
    await operator.put(id, forgedRev, 'forged')
    const next = await comparesAgain()
    expect(await operator.read(id)).toMatchObject({ rev: 1, value: { name: 'true' } })
    expect(await feed.collection.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    const isReadable = forgedRev <= FEED_REV_MAX
    expect(next.status()).toMatchObject({ healed: 0, forged: isReadable ? 1 : 0 })
    const said = feed.log.lines.filter(({ message }) => message === 'the bucket held forged revisions, which are overwritten')
    expect(said).toHaveLength(isReadable ? 1 : 0)
  })

  it('overwrites a message of the right revision whose value nobody can read (EV-11)', async () => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    await owner.stop()
    await operator.put(id, 1, 'x', { value: { handle: 7 } })
    await comparesAgain()
    expect(await operator.read(id)).toMatchObject({ rev: 1, value: { name: 'true' } })
  })

  it('does not let a change pass for published that nobody will see, and heals at once', async () => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    const replica = await startedReplica()
    await feed.rename(id, 1, 'changed')
    await operator.put(id, 5, 'forged')
    expect(await owner.settled(PLATFORM, id, 2, { deadlineMs: 10_000 })).toBe(true)
    expect(await operator.read(id)).toMatchObject({ rev: 6, value: { name: 'changed' } })
    await holds(replica, id, { rev: 6, value: { name: 'changed' } })
  })

  it('loses no change that comes while it is healed', async () => {
    const id = await feed.insert('true')
    await operator.makeBucket()
    await operator.put(id, 5, 'forged')
    let isChanged = false
    const owner = feed.owner({
      step: async (step: FeedStep) => {
        if (step !== 'heal.read' || isChanged) return
        isChanged = true
        await feed.rename(id, 1, 'changed meanwhile')
      },
    })
    owner.start()
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject({ rev: 6, value: { name: 'changed meanwhile' } })
    }, within)
    expect(isChanged).toBe(true)
    await vi.waitFor(async () => {
      expect(await feed.collection.unpublished(1)).toEqual([])
    }, within)
  })

  it('is no matter of the version that wrote a message: what says the same is left as it is', async () => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    await owner.stop()
    const seq = await operator.put(id, 1, 'true', { addedLater: true, value: { handle: 'acme', name: 'true', addedLater: 1 } })
    const next = await comparesAgain()
    expect(next.status().lastReconciliation).toEqual({ repaired: 0, erased: 0, ahead: 0 })
    expect((await (await operator.kv()).get(`${PLATFORM}.${id}`))?.revision).toBe(seq)
  })

  it.each([
    ['older', 1, 3],
    ['of the same revision with another content', 2, 3],
  ])('as replicas are too, after store and bucket were both put back to a state that is %s (RS-13)', async (_what, ownRev, healedRev) => {
    const owner = feed.owner()
    await feed.serveConfirmations([owner])
    const id = await feed.insert('of the backup')
    if (ownRev === 2) await feed.rename(id, 1, 'after the restore')
    await operator.makeBucket()
    await operator.put(id, 2, 'before the restore')
    await operator.complete()
    const replica = await startedReplica()
    await holds(replica, id, { rev: 2, value: { name: 'before the restore' } })
    await operator.purge(id)
    owner.start()
    await holds(replica, id, { rev: healedRev, value: { name: ownRev === 2 ? 'after the restore' : 'of the backup' } })
    expect(await feed.collection.get(PLATFORM, id)).toMatchObject({ rev: healedRev })
  })

  it('is not believed by a replica, however new it says it is, when it leaps further than any owner (EV-16)', async () => {
    const owner = feed.owner()
    owner.start()
    await feed.serveConfirmations([owner])
    const [id, never] = [await feed.insert('true'), newId('organization')]
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    const replica = await startedReplica()
    await holds(replica, id, { rev: 1 })
    await operator.put(id, 2 + FEED_REV_LEAP_MAX, 'forged')
    await operator.put(never, 1 + FEED_REV_LEAP_MAX, 'invented')
    // The question to the owner is enough for it to overwrite the forgery.
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject({ rev: 1, value: { name: 'true' } })
    }, within)
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1, value: { name: 'true' } })
    expect(replica.get(PLATFORM, never)).toBeUndefined()
    expect(feed.log.lines).toContainEqual(
      expect.objectContaining({
        message: 'a message of the feed cannot be applied',
        fields: expect.objectContaining({ code: 'leap' }) as object,
      }),
    )
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ unconfirmed: 0 })
    }, within)
  })

  it('is not imagined by whoever asks: an owner follows nobody to a revision that leaps, or to one that it has itself', async () => {
    const owner = await comparesAgain()
    const id = await feed.insert('true')
    await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })
    for (const rev of [2 + FEED_REV_LEAP_MAX, FEED_REV_MAX]) {
      expect(await owner.confirm(PLATFORM, id, { rev, content: 'imagined' })).toMatchObject({ rev: 1, value: { name: 'true' } })
    }
    const { rev, value } = (await owner.confirm(PLATFORM, id, { rev: 9, content: 'of another store' })) ?? {}
    expect({ rev, value }).toEqual({ rev: 10, value: { handle: 'acme', name: 'true' } })
    expect(await owner.confirm(PLATFORM, id, { rev: 9, content: 'of another store' })).toMatchObject({ rev: 10 })
    expect(await feed.collection.get(PLATFORM, id)).toMatchObject({ rev: 10 })
    expect(owner.status()).toMatchObject({ healed: 1 })
  })

  it('is left for good by a store whose own revision has leapt: a fresh replica asks its owner', async () => {
    const id = await feed.insert('true')
    for (const rev of [1, FEED_REV_LEAP_MAX]) {
      expect(await feed.collection.advance(PLATFORM, id, rev, rev + FEED_REV_LEAP_MAX - 2)).toMatchObject({ ok: true })
    }
    const owner = await comparesAgain()
    await feed.serveConfirmations([owner])
    await holds(await startedReplica(), id, { rev: 2 * FEED_REV_LEAP_MAX - 1, value: { name: 'true' } })
  })
})
