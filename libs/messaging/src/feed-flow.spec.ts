import { PLATFORM } from '@cambio/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { TestFeed } from './testing/test-feed.js'

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
})
