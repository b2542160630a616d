import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { FEED_VERSION, newId, type OrganizationId, organizationSchema, PLATFORM } from '@cambio/contracts'
import { openSqliteStore } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type FeedStep } from '../feed/feed-step.js'
import { Operator, TestFeed } from '../testing/test-feed.js'

describe('the owner of a feed', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  /** Waits until the bucket holds that revision. */
  async function published(id: OrganizationId, rev: number): Promise<void> {
    await vi.waitFor(
      async () => {
        expect(await operator.read(id)).toMatchObject({ rev })
      },
      { timeout: 10_000 },
    )
  }

  async function completed(): Promise<void> {
    await vi.waitFor(
      async () => {
        expect((await (await operator.kv()).get('_meta'))?.json()).toMatchObject({ complete: true })
      },
      { timeout: 5_000 },
    )
  }

  it('publishes the whole state with its revision, marks it, and says that the bucket is complete', async () => {
    const id = await feed.insert()
    const owner = feed.owner()
    owner.start()
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })).toBe(true)
    expect(await operator.read(id)).toEqual({ v: 1, id, org: PLATFORM, rev: 1, value: { handle: 'acme', name: 'ACME' } })
    expect(await feed.collection.get(PLATFORM, id)).toMatchObject({ rev: 1, publishedRev: 1 })
    expect(await feed.collection.unpublished(10)).toEqual([])
    await completed()
    expect(owner.status()).toMatchObject({ kind: 'organizations', published: 1, conflicts: 0, stuck: 0, oldestUnpublishedSeconds: 0 })
  })

  it('publishes a deletion as a value, and never deletes a key (EV-13)', async () => {
    const owner = feed.owner()
    owner.start()
    const id = await feed.insert()
    await feed.remove(id, 1)
    expect(await owner.settled(PLATFORM, id, 2, { deadlineMs: 5_000 })).toBe(true)
    expect((await (await operator.kv()).get(`${PLATFORM}.${id}`))?.operation).toBe('PUT')
    expect(await operator.read(id)).toEqual({ v: 1, id, org: PLATFORM, rev: 2, deleted: true, value: null })
  })

  it('finds what another process wrote and died over before it published (EV-02)', async () => {
    const owner = feed.owner()
    owner.start()
    await completed()
    const id = await feed.insert() // nobody calls publishSoon
    await published(id, 1)
  })

  it('leaves out what the schema does not name, secrets among it (EV-17)', async () => {
    const owner = feed.owner({ toFeedValue: ({ value }) => ({ ...value, secret: 'canary' }) as typeof value })
    owner.start()
    const id = await feed.insert()
    await published(id, 1)
    expect(JSON.stringify(await operator.read(id))).not.toContain('canary')
  })

  it('does not put an old revision back when its relay was stalled', async () => {
    const stalled = Promise.withResolvers<undefined>()
    const reached = Promise.withResolvers<undefined>()
    const owner = feed.owner({
      step: async (step: FeedStep) => {
        if (step !== 'publish.read') return
        reached.resolve(undefined)
        await stalled.promise
      },
    })
    await operator.makeBucket()
    const id = await feed.insert()
    owner.start()
    await reached.promise // it has read the empty key and is about to write revision 1
    await feed.rename(id, 1, 'newer')
    await operator.put(id, 2, 'newer') // as another relay of this store does
    stalled.resolve(undefined)
    await vi.waitFor(
      async () => {
        expect(await feed.collection.get(PLATFORM, id)).toMatchObject({ rev: 2, publishedRev: 2 })
      },
      { timeout: 10_000 },
    )
    expect(await operator.read(id)).toMatchObject({ rev: 2, value: { name: 'newer' } })
    expect(owner.status().conflicts).toBeGreaterThan(0)
    expect(owner.status().published).toBe(0)
  })

  it('races with a second relay of the same store and both end at the newest revision', async () => {
    const slow = async (): Promise<void> => delay(Math.random() * 5)
    const owners = [feed.owner({ step: slow }), feed.owner({ step: slow })]
    for (const owner of owners) owner.start()
    const ids = await Promise.all(Array.from({ length: 10 }, async () => feed.insert()))
    for (let rev = 1; rev <= 10; rev += 1) {
      await Promise.all(ids.map(async (id) => feed.rename(id, rev, `name ${rev + 1}`)))
      for (const owner of owners) owner.publishSoon()
      await delay(5)
    }
    for (const id of ids) await published(id, 11)
    await vi.waitFor(async () => {
      expect(await feed.collection.unpublished(100)).toEqual([])
    })
    for (const id of ids) expect(await operator.read(id)).toMatchObject({ rev: 11, value: { name: 'name 11' } })
  })

  it('keeps changes while NATS is away, never fails the write, and publishes all of them after (EV-04)', async () => {
    const owner = feed.owner()
    owner.start()
    await completed()
    await feed.server.kill()
    const ids = await Promise.all(Array.from({ length: 100 }, async (_, n) => feed.insert(`written in the dark ${n}`)))
    expect(await owner.settled(PLATFORM, ids[0]!, 1, { deadlineMs: 50 })).toBe(false)
    await vi.waitFor(
      () => {
        expect(owner.status().oldestUnpublishedSeconds).toBeGreaterThan(0)
      },
      { timeout: 10_000 },
    )
    await feed.server.restart()
    await vi.waitFor(
      async () => {
        expect(await feed.collection.unpublished(1)).toEqual([])
      },
      { timeout: 10_000 },
    )
    for (const id of ids) expect(await operator.read(id)).toMatchObject({ rev: 1 })
    await vi.waitFor(
      () => {
        expect(owner.status().oldestUnpublishedSeconds).toBe(0)
      },
      { timeout: 10_000 },
    )
  })

  it('says once that it cannot compare while NATS is away, and once that it can again', async () => {
    const said = (message: string) => feed.log.lines.filter((line) => line.message === message)
    const failing = 'store and bucket could not be compared'
    const link = feed.link('owner')
    await vi.waitFor(() => {
      expect(link.connection).toBeDefined()
    })
    feed.owner({ link }).start()
    await completed()
    await feed.server.kill()
    await vi.waitFor(
      () => {
        expect(said(failing)).toHaveLength(1)
      },
      { timeout: 10_000 },
    )
    await delay(1_000) // at least two more attempts
    expect(said(failing)).toMatchObject([{ level: 'warn', fields: { kind: 'organizations', reason: expect.any(String) as string } }])
    await feed.server.restart()
    const working = 'store and bucket can be compared again'
    await vi.waitFor(
      () => {
        expect(said(working)).toMatchObject([{ level: 'info', fields: { kind: 'organizations' } }])
      },
      { timeout: 10_000 },
    )
    expect(said(failing)).toHaveLength(1)
  })

  it('may start while NATS is away', async () => {
    await feed.server.kill()
    const id = await feed.insert()
    const owner = feed.owner()
    owner.start()
    await delay(200)
    await feed.server.restart()
    await published(id, 1)
    await completed()
  })

  it.each([
    [
      'somebody else made it anew, with other things in it',
      async () => {
        await operator.destroyBucket()
        const kv = await operator.makeBucket()
        for (let n = 0; n < 60; n += 1) await kv.put(`stray-${n}`, '')
      },
    ],
    ['its stream is deleted', async () => operator.destroyBucket()],
    ['the data of NATS is lost (EV-05)', async () => feed.server.wipe()],
    ['an operator purges it', async () => operator.purge()],
  ])('fills the bucket again when %s', async (_what, harm) => {
    const owner = feed.owner()
    owner.start()
    const ids = await Promise.all(Array.from({ length: 20 }, async () => feed.insert()))
    const gone = await feed.insert()
    await feed.remove(gone, 1)
    await published(gone, 2)
    await completed()
    for (const id of ids) await published(id, 1)
    await harm()
    for (const id of ids) await published(id, 1)
    await published(gone, 2)
    await completed()
  })

  it('does not wait for its next look when NATS comes back', async () => {
    const owner = feed.owner({ times: { checkIntervalMs: 60_000 } })
    owner.start()
    const id = await feed.insert()
    await published(id, 1)
    await completed()
    await feed.server.wipe()
    await published(id, 1)
    await completed()
  })

  it('brings a bucket up to date that was restored from an older backup', async () => {
    const owner = feed.owner()
    owner.start()
    const [old, changed] = [await feed.insert(), await feed.insert()]
    await published(old, 1)
    await published(changed, 1)
    await completed()
    const restore = await feed.backUp()
    await feed.rename(changed, 1, 'after the backup')
    const later = await feed.insert()
    owner.publishSoon()
    await published(changed, 2)
    await published(later, 1)
    await restore()
    await published(changed, 2)
    await published(later, 1)
    expect(await operator.read(old)).toMatchObject({ rev: 1 })
  })

  it('puts back one entry that an operator purged, repairs an older and overwrites an unreadable one', async () => {
    const owner = feed.owner()
    owner.start()
    const [purged, older, poisoned] = [await feed.insert(), await feed.insert(), await feed.insert()]
    await feed.rename(older, 1, 'new')
    await published(older, 2)
    for (const id of [purged, poisoned]) await published(id, 1)
    await completed()
    await operator.put(older, 1, 'old')
    await (await operator.kv()).put(`${PLATFORM}.${poisoned}`, '{"poison":')
    await operator.purge(purged)
    await published(purged, 1)
    await published(older, 2)
    await published(poisoned, 1)
  })

  it('makes a bucket anew out of which nothing can be read', async () => {
    const streams = await operator.streams()
    const subjects = [`$KV.${TestFeed.bucket}.>`, 'something.else']
    await streams.streams.add({ name: `KV_${TestFeed.bucket}`, subjects, max_msgs_per_subject: 1, allow_direct: true, num_replicas: 1 })
    await operator.publish('something.else')
    const owner = feed.owner()
    owner.start()
    await vi.waitFor(
      async () => {
        expect((await streams.streams.info(`KV_${TestFeed.bucket}`)).config.subjects).toEqual([`$KV.${TestFeed.bucket}.>`])
      },
      { timeout: 20_000, interval: 200 },
    )
    await completed()
    const id = await feed.insert()
    await published(id, 1)
    expect(feed.log.text).toContain('the bucket delivers nothing and is made anew')
  }, 30_000)

  it('corrects a bucket that an operator made without direct gets', async () => {
    const streams = await operator.streams()
    const subjects = [`$KV.${TestFeed.bucket}.>`]
    await streams.streams.add({ name: `KV_${TestFeed.bucket}`, subjects, max_msgs_per_subject: 1, num_replicas: 1 })
    const owner = feed.owner()
    const id = await feed.insert()
    owner.start()
    await vi.waitFor(async () => {
      expect((await streams.streams.info(`KV_${TestFeed.bucket}`)).config.allow_direct).toBe(true)
    })
    await published(id, 1)
    await completed()
  })

  it('erases what its store never had', async () => {
    const owner = feed.owner()
    await operator.makeBucket()
    await operator.put('org_00000000000000000000000000000000', 3, 'invented')
    await (await operator.kv()).put('stray', 'message')
    owner.start()
    await completed()
    expect(await operator.read('org_00000000000000000000000000000000')).toBeUndefined()
    expect(await (await operator.kv()).get('stray')).toBeNull()
    await vi.waitFor(() => {
      expect(owner.status().lastReconciliation).toEqual({ repaired: 0, erased: 2, ahead: 0 })
    })
  })

  it('leaves alone what a newer version of it wrote, and completes the bucket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'feed-owner-'))
    const file = join(folder, 'store.db')
    const definition = {
      name: 'organizations',
      parse: (value: unknown) => organizationSchema.parse(value),
      uniqueKeys: () => [],
      lookups: () => [],
    }
    const [newer, older] = [await openSqliteStore({ file }), await openSqliteStore({ file })]
    feed.onEnd(async () => {
      await Promise.all([newer.close(), older.close()])
      rmSync(folder, { recursive: true })
    })
    const id = newId('organization')
    await newer.collection({ ...definition, schemaVersion: 2 }).insert(PLATFORM, id, { handle: 'acme', name: 'of version 2' })
    await operator.makeBucket()
    await operator.put(id, 1, 'of version 2', { v: 2 })
    const owner = feed.owner({ collection: older.collection({ ...definition, schemaVersion: 1 }), leases: older.leases() })
    owner.start()
    await completed()
    expect(await operator.read(id)).toMatchObject({ v: 2, rev: 1 })
    await expect(owner.confirm(PLATFORM, id)).rejects.toMatchObject({ code: 'schema_too_new' })
  })

  it('leaves alone what a newer version published of a revision that it reads itself, until that document is changed', async () => {
    const id = await feed.insert()
    await operator.makeBucket()
    await operator.put(id, 1, 'in the words of version 2', { v: FEED_VERSION + 1, value: { in: 'another shape' } })
    const owner = feed.owner()
    owner.start()
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 10_000 })).toBe(true)
    await completed()
    expect(await operator.read(id)).toMatchObject({ v: FEED_VERSION + 1, rev: 1, value: { in: 'another shape' } })
    await feed.rename(id, 1, 'changed by this version')
    await owner.settled(PLATFORM, id, 2, { deadlineMs: 10_000 })
    expect(await operator.read(id)).toMatchObject({ v: FEED_VERSION, rev: 2, value: { name: 'changed by this version' } })
  })

  it('does not say complete over a bucket that was wiped while it compared', async () => {
    let wiped = false
    const owner = feed.owner({
      step: async (step: FeedStep) => {
        if (step !== 'reconcile.compared' || wiped) return
        wiped = true
        await operator.destroyBucket()
        await operator.makeBucket()
        expect(await (await operator.kv()).get('_meta')).toBeNull()
      },
    })
    const id = await feed.insert()
    owner.start()
    await completed()
    expect(await operator.read(id)).toMatchObject({ rev: 1 })
    expect(feed.log.text).toContain('was made anew')
  })

  it('compares under a lease: a second process waits until the first has done', async () => {
    const held = await feed.store.leases().acquire('feed-organizations', 'somebody else', 60)
    expect(held).toBeDefined()
    await operator.makeBucket()
    const owner = feed.owner()
    const id = await feed.insert()
    owner.start()
    await published(id, 1) // publishing needs no lease
    await delay(300)
    expect(await (await operator.kv()).get('_meta')).toBeNull()
    await feed.store.leases().release('feed-organizations', 'somebody else')
    await completed()
  })

  it('refuses a value over 512 KiB, keeps the others flowing, and publishes it when it is small again', async () => {
    const owner = feed.owner()
    owner.start()
    const large = await feed.insert('x'.repeat(520 * 1024))
    const small = await feed.insert()
    await published(small, 1)
    await vi.waitFor(() => {
      expect(owner.status()).toMatchObject({ stuck: 1 })
    })
    await vi.waitFor(
      () => {
        expect(owner.status().oldestUnpublishedSeconds).toBeGreaterThan(0)
      },
      { timeout: 10_000 },
    )
    expect(feed.log.text).toMatch(/organizations platform\.org_[0-9a-f]+ is \d+ bytes long, and the feed takes 524288/)
    await completed()
    await feed.rename(large, 1, 'short')
    await published(large, 2)
    expect(owner.status()).toMatchObject({ stuck: 0 })
  })

  it('answers a confirmation with its own entry, a tombstone included, or with nothing, and repairs the bucket', async () => {
    const owner = feed.owner()
    owner.start()
    const [id, gone] = [await feed.insert(), await feed.insert()]
    await feed.remove(gone, 1)
    await published(id, 1)
    await published(gone, 2)
    await completed()
    await (await operator.kv()).delete(`${PLATFORM}.${id}`)
    expect(await owner.confirm(PLATFORM, id)).toMatchObject({ id, rev: 1, value: { name: 'ACME' } })
    await published(id, 1)
    expect(await owner.confirm(PLATFORM, gone)).toEqual({ v: 1, id: gone, org: PLATFORM, rev: 2, deleted: true, value: null })
    expect(await owner.confirm(PLATFORM, 'org_00000000000000000000000000000000')).toBeNull()
  })

  it('waits for a revision only so long, and knows one that another process published', async () => {
    const owner = feed.owner()
    const id = await feed.insert()
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 20 })).toBe(false)
    owner.start()
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })).toBe(true)
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })).toBe(true)
    expect(await owner.settled(PLATFORM, id, 2, { deadlineMs: 50 })).toBe(false)
  })
})
