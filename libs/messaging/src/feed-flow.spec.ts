import { PLATFORM } from '@cambio/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Operator, TestFeed } from './testing/test-feed.js'

describe('a change on its way from an owner to a replica', () => {
  let feed: TestFeed
  beforeEach(async () => {
    feed = await TestFeed.start()
  })
  afterEach(async () => {
    await feed.end()
  })

  it('is applied within a second (EV-01)', async () => {
    const owner = feed.owner()
    const replica = feed.replica()
    owner.start()
    await replica.start()
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: true })
      },
      { timeout: 5_000 },
    )
    const id = await feed.insert()
    const began = performance.now()
    expect(await owner.settled(PLATFORM, id, 1)).toBe(true)
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1, value: { name: 'ACME' } })
      },
      { interval: 5 },
    )
    expect(performance.now() - began).toBeLessThan(1_000)
    await feed.rename(id, 1, 'Acme Ltd')
    expect(await owner.settled(PLATFORM, id, 2)).toBe(true)
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 2, value: { name: 'Acme Ltd' } })
      },
      { interval: 5 },
    )
    await feed.remove(id, 2)
    expect(await owner.settled(PLATFORM, id, 3)).toBe(true)
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 3, deleted: true, value: null })
      },
      { interval: 5 },
    )
  })

  it('that is a deletion leaves no trace anywhere 7 days after it was published', async () => {
    const eightDaysMs = 8 * 24 * 3_600_000
    const past = await TestFeed.start({ now: () => Date.now() - eightDaysMs })
    try {
      const operator = await Operator.on(past)
      const owner = past.owner({ times: { checkIntervalMs: 50, reconcileIntervalMs: 100 } })
      await past.serveConfirmations([owner])
      owner.start()
      const replica = past.replica()
      await replica.start()
      const [gone, kept] = [await past.insert(), await past.insert()]
      expect(await owner.settled(PLATFORM, gone, 1, { deadlineMs: 5_000 })).toBe(true)
      await past.remove(gone, 1)
      await vi.waitFor(
        async () => {
          expect(await past.collection.getAny(PLATFORM, gone)).toBeUndefined()
          expect(await operator.read(gone)).toBeUndefined()
          expect(replica.get(PLATFORM, gone)).toBeUndefined()
        },
        { timeout: 10_000 },
      )
      expect(await operator.read(kept)).toMatchObject({ rev: 1 })
      expect(replica.get(PLATFORM, kept)).toMatchObject({ rev: 1 })
    } finally {
      await past.end()
    }
  })

  it('that is a deletion stays in the store and in the bucket for as long', async () => {
    const operator = await Operator.on(feed)
    const owner = feed.owner({ times: { checkIntervalMs: 50, reconcileIntervalMs: 50 } })
    owner.start()
    const gone = await feed.insert()
    await feed.remove(gone, 1)
    expect(await owner.settled(PLATFORM, gone, 2, { deadlineMs: 5_000 })).toBe(true)
    const { reconciledAt } = owner.status()
    await vi.waitFor(() => {
      expect(owner.status().reconciledAt?.getTime()).toBeGreaterThan((reconciledAt?.getTime() ?? 0) + 200)
    })
    expect(await feed.collection.getAny(PLATFORM, gone)).toMatchObject({ rev: 2, deleted: true })
    expect(await operator.read(gone)).toMatchObject({ rev: 2, deleted: true })
  })
})
