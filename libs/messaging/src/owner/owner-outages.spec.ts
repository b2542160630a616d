import { setTimeout as delay } from 'node:timers/promises'

import { type OrganizationId, PLATFORM } from '@cambio/contracts'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { Operator, TestFeed } from '../testing/test-feed.js'
import { type FeedOwner } from './feed-owner.js'

const within = { timeout: 15_000, interval: 50 }

type Owner = Pick<FeedOwner<'organizations', never>, 'status'>

describe('an owner whose NATS is at fault', () => {
  let feed: TestFeed
  afterEach(async () => {
    await feed.end()
  })

  async function fails(owner: Owner, ...codes: readonly string[]): Promise<void> {
    await vi.waitFor(() => {
      expect(codes).toContain(owner.status().problem?.code)
    }, within)
  }

  /** Waits until all is well again, and compares store and bucket whole. */
  async function recovers(owner: Owner, operator: Operator): Promise<void> {
    await vi.waitFor(async () => {
      expect(await feed.collection.unpublished(1)).toEqual([])
      expect(owner.status().problem).toBeUndefined()
      expect((await (await operator.kv()).get('_meta'))?.json()).toMatchObject({ complete: true })
    }, within)
    const revisions: Record<string, number> = {}
    for await (const chunk of feed.collection.scan({ chunkSize: 500 }))
      for (const { org, id, rev } of chunk) revisions[`${org}.${id}`] = rev
    await vi.waitFor(async () => {
      const entries = Object.entries(await operator.entries()).map(([key, entry]) => [key, (entry as { rev: number }).rev] as const)
      expect(Object.fromEntries(entries)).toEqual(revisions)
    }, within)
    expect(owner.status()).toMatchObject({ oldestUnpublishedSeconds: 0, stuck: 0, healed: 0, forged: 0 })
  }

  const lines = (message: string, problem?: string) =>
    feed.log.lines.filter(
      ({ message: said, fields }) => said === message && (problem === undefined || ('problem' in fields && fields.problem === problem)),
    )

  it('starts without it, says why nothing is published, and resumes by itself', async () => {
    feed = await TestFeed.start()
    const operator = await Operator.on(feed)
    await feed.server.kill()
    const id = await feed.insert()
    const owner = feed.owner()
    const startedAt = Date.now()
    owner.start()
    await fails(owner, 'no_connection')
    expect(owner.status()).toMatchObject({ published: 0, problem: { reason: 'FeedUnavailable: there is no connection to NATS' } })
    expect(owner.status().problem?.since.getTime()).toBeGreaterThanOrEqual(startedAt)
    await delay(1_500) // several tries
    expect(lines('changes wait in the outbox')).toHaveLength(1)
    expect(lines('store and bucket could not be compared')).toHaveLength(1)
    await feed.server.restart()
    await recovers(owner, operator)
    expect(await operator.read(id)).toMatchObject({ rev: 1 })
    expect(lines('publishing goes on')).toHaveLength(1)
  })

  it('publishes every change that is made while it is killed and restarted 50 times', async () => {
    feed = await TestFeed.start()
    const operator = await Operator.on(feed)
    const owner = feed.owner()
    owner.start()
    const ids = await Promise.all(Array.from({ length: 10 }, async () => feed.insert()))
    let rounds = 0
    const restarts = (async () => {
      for (; rounds < 50; rounds += 1) {
        await feed.server.kill()
        await feed.server.restart()
      }
    })()
    let rev = 1
    for (; rounds < 50; rev += 1) {
      for (const id of ids) await feed.rename(id, rev, `of round ${rounds}`)
      owner.publishSoon()
      await delay(20)
    }
    await restarts
    await recovers(owner, operator)
    for (const id of ids) expect(await operator.read(id)).toMatchObject({ rev, value: { name: /^of round (?:49|50)$/ } })
  }, 60_000)

  it('keeps its outbox while the disk of JetStream is full, takes writes, says so, and goes on when there is room (EV-20)', async () => {
    feed = await TestFeed.start({ maxStoreBytes: 256 * 1_024 })
    const operator = await Operator.on(feed)
    const owner = feed.owner()
    owner.start()
    const ids: OrganizationId[] = []
    for (let n = 0; n < 40; n += 1) ids.push(await feed.insert('x'.repeat(20_000)))
    owner.publishSoon()
    await fails(owner, 'storage_full')
    for (const id of ids.slice(0, 5)) await feed.rename(id, 1, 'changed while it is full')
    await delay(1_500) // several tries
    await vi.waitFor(() => {
      expect(owner.status()).toMatchObject({ stuck: 0, problem: { code: 'storage_full' } })
      expect(owner.status().oldestUnpublishedSeconds).toBeGreaterThan(1)
    }, within)
    expect(lines('changes wait in the outbox', 'storage_full')).toHaveLength(1)
    await feed.server.restart({ maxStoreBytes: 1024 ** 3 })
    await recovers(owner, operator)
    expect(await operator.read(ids[0]!)).toMatchObject({ rev: 2, value: { name: 'changed while it is full' } })
  }, 30_000)

  it('takes writes while it is frozen with its connections open, says so, and goes on when it thaws (EV-08)', async () => {
    feed = await TestFeed.start()
    const operator = await Operator.on(feed)
    const owner = feed.owner()
    owner.start()
    await feed.insert()
    await recovers(owner, operator)
    await feed.server.pause()
    const id = await feed.insert('written in the cold')
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 50 })).toBe(false)
    await fails(owner, 'no_answer', 'no_connection')
    feed.server.resume()
    await recovers(owner, operator)
    expect(await operator.read(id)).toMatchObject({ rev: 1 })
  }, 40_000)

  it('says that it may not publish, once, and takes writes all the same', async () => {
    feed = await TestFeed.start({
      users: [
        { name: 'operator', password: 'o' },
        { name: 'owner', password: 'p', permissions: { publish: ['$JS.API.>', '_INBOX.>'], subscribe: ['>'] } },
      ],
    })
    const operator = await Operator.on(feed)
    await operator.makeBucket()
    const owner = feed.owner({ link: feed.link('owner', { user: 'owner', pass: 'p' }) })
    owner.start()
    const id = await feed.insert()
    owner.publishSoon()
    await fails(owner, 'not_permitted')
    await delay(1_500) // several tries
    expect(owner.status()).toMatchObject({ published: 0, problem: { code: 'not_permitted' } })
    expect(lines('changes wait in the outbox', 'not_permitted')).toHaveLength(1)
    expect(await operator.read(id)).toBeUndefined()
    const permitted = feed.owner()
    permitted.start()
    await recovers(permitted, operator)
    expect(await operator.read(id)).toMatchObject({ rev: 1 })
  })
})
