import { setTimeout as delay } from 'node:timers/promises'

import { FEED_REV_LEAP_MAX, newId, type OrganizationId, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { type KV } from '@nats-io/kv'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type FeedReplica } from '../replica/feed-replica.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { type FeedOwner, type FeedOwnerOptions } from './feed-owner.js'
import { GUARD_KEYS_MAX } from './guard-queue.js'

const within = { timeout: 10_000, interval: 20 }
const SAID = 'the bucket held what its owner never wrote, which is put right'

type Owner = FeedOwner<'organizations', OrganizationValue>

describe('an owner that guards its bucket', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  /** An owner that has compared at its start, and does so again only for a reason. */
  async function comparedOwner(options: Partial<FeedOwnerOptions<'organizations', OrganizationValue>> = {}): Promise<Owner> {
    const owner = feed.owner(options)
    await feed.serveConfirmations([owner])
    owner.start()
    await vi.waitFor(() => {
      expect(owner.status().reconciledAt).toBeDefined()
    }, within)
    return owner
  }

  async function publishedBy(owner: Owner, name = 'true'): Promise<OrganizationId> {
    const id = await feed.insert(name)
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })).toBe(true)
    return id
  }

  async function startedReplica(): Promise<FeedReplica<'organizations'>> {
    const replica = feed.replica()
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state().ready).toBe(true)
    }, within)
    return replica
  }

  async function holds(id: OrganizationId, expected: object): Promise<void> {
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject(expected)
    }, within)
  }

  /** Counts of the comparisons so far: what the guard puts right is none of theirs. */
  const noneOfAComparison = { repaired: 0, erased: 0, ahead: 0 }

  it.each([
    ['a higher revision', 7],
    ['the highest leap that a replica believes', 1 + FEED_REV_LEAP_MAX],
  ])('publishes above a forgery with %s as it arrives, and a replica that believed it believes it no more (EV-16)', async (_what, rev) => {
    const owner = await comparedOwner()
    const [id, gone] = [await publishedBy(owner), await publishedBy(owner)]
    await feed.remove(gone, 1)
    expect(await owner.settled(PLATFORM, gone, 2, { deadlineMs: 5_000 })).toBe(true)
    const replica = await startedReplica()
    const { reconciledAt } = owner.status()
    await operator.put(id, rev, 'forged')
    await operator.put(gone, rev, 'raised from the dead')
    await holds(id, { rev: rev + 1, value: { name: 'true' } })
    await holds(gone, { rev: rev + 1, deleted: true })
    await vi.waitFor(() => {
      expect(replica.get(PLATFORM, id)).toMatchObject({ rev: rev + 1, value: { name: 'true' } })
      expect(replica.get(PLATFORM, gone)).toMatchObject({ rev: rev + 1, deleted: true })
      expect(owner.status()).toMatchObject({ healed: 2, putRight: 2, forged: 0, oldestUnpublishedSeconds: 0 })
    }, within)
    expect(owner.status().reconciledAt).toEqual(reconciledAt)
    const said = feed.log.lines.filter(({ message }) => message === SAID)
    expect(said).toEqual([{ level: 'error', message: SAID, fields: expect.objectContaining({ verdict: 'healed' }) as object }])
  })

  it('publishes above another content of the same revision', async () => {
    const owner = await comparedOwner()
    const id = await publishedBy(owner)
    await operator.put(id, 1, 'forged')
    await holds(id, { rev: 2, value: { name: 'true' } })
    expect(owner.status()).toMatchObject({ healed: 1, lastReconciliation: noneOfAComparison })
  })

  it.each([
    ['an older state', async (id: OrganizationId) => operator.put(id, 1, 'old')],
    ['a revision that leaps further than any owner', async (id: OrganizationId) => operator.put(id, 3 + FEED_REV_LEAP_MAX, 'forged')],
    ['a message that nobody can read', async (id: OrganizationId) => (await operator.kv()).put(`${PLATFORM}.${id}`, '{"poison":')],
    ['another key’s message', async (id: OrganizationId) => operator.put(id, 9, 'forged', { id: newId('organization') })],
    ['a deletion’s marker', async (id: OrganizationId) => (await operator.kv()).delete(`${PLATFORM}.${id}`)],
    ['a purge’s marker', async (id: OrganizationId) => (await operator.kv()).purge(`${PLATFORM}.${id}`)],
  ])('puts its state in the place of %s', async (_what, harm) => {
    const owner = await comparedOwner()
    const id = await publishedBy(owner, 'old')
    await feed.rename(id, 1, 'new')
    expect(await owner.settled(PLATFORM, id, 2, { deadlineMs: 5_000 })).toBe(true)
    await harm(id)
    await vi.waitFor(() => {
      expect(owner.status()).toMatchObject({ putRight: 1, healed: 0 })
    }, within)
    await holds(id, { rev: 2, value: { name: 'new' } })
    expect(owner.status().lastReconciliation).toEqual(noneOfAComparison)
    expect((await startedReplica()).get(PLATFORM, id)).toMatchObject({ rev: 2, value: { name: 'new' } })
  })

  it('erases keys that its store does not know, and replicas drop them', async () => {
    const owner = await comparedOwner()
    const replica = await startedReplica()
    const never = newId('organization')
    await operator.put(never, 1, 'invented')
    await (await operator.kv()).put('no-key-of-an-aggregate', 'x')
    await vi.waitFor(async () => {
      expect(await operator.entries()).toEqual({})
      expect(replica.get(PLATFORM, never)).toBeUndefined()
      expect(replica.state()).toMatchObject({ entries: 0, unconfirmed: 0 })
    }, within)
    expect(owner.status()).toMatchObject({ putRight: 2, lastReconciliation: noneOfAComparison })
  })

  it.each([
    ['called incomplete', async (kv: KV) => kv.put('_meta', JSON.stringify({ complete: false, at: new Date().toISOString() }))],
    ['not called complete any more', async (kv: KV) => kv.delete('_meta')],
  ])('has a bucket compared that is %s', async (_what, harm) => {
    await comparedOwner()
    const kv = await operator.kv()
    await harm(kv)
    await vi.waitFor(async () => {
      const found = await kv.get('_meta')
      expect(found?.operation).toBe('PUT')
      expect(found?.json()).toMatchObject({ complete: true })
    }, within)
  })

  it('leaves alone what a newer version says of the same revision, and the same state in other words', async () => {
    const owner = await comparedOwner()
    const [newer, same, mark] = [await publishedBy(owner), await publishedBy(owner), await publishedBy(owner)]
    const seq = await operator.put(newer, 1, 'in words of its own', { v: 2 })
    await operator.put(same, 1, 'true', { value: { handle: 'acme', name: 'true', addedLater: 1 } })
    await operator.put(mark, 1, 'forged')
    await holds(mark, { rev: 2 }) // what came before it was judged too
    expect((await (await operator.kv()).get(`${PLATFORM}.${newer}`))?.revision).toBe(seq)
    expect(await operator.read(same)).toMatchObject({ rev: 1, value: { addedLater: 1 } })
    expect(owner.status()).toMatchObject({ putRight: 1, healed: 1 })
  })

  it('puts right what came before it followed the bucket, and after the comparison had listed it', async () => {
    const forged = newId('organization')
    let begun = 0
    const owner = await comparedOwner({
      step: async (step) => {
        if (step === 'reconcile.begun' && (begun += 1) === 1) await operator.put(forged, 1, 'invented')
      },
    })
    await vi.waitFor(async () => {
      expect(await operator.entries()).toEqual({})
    }, within)
    expect(owner.status()).toMatchObject({ putRight: 1 })
  })

  it.each([
    ['its consumer is lost', deleteConsumers, true],
    ['NATS was away', async () => feed.server.restart(), false],
    ['the bucket was made anew', async () => operator.destroyBucket(), false],
    [
      'the bucket was put back',
      async () => {
        const restore = await feed.backUp()
        for (let n = 0; n < 20; n += 1) await operator.publish(`$KV.${TestFeed.bucket}.stray`)
        await restore()
      },
      false,
    ],
  ] as const)('follows its bucket again after %s', async (_what, harm, isSaid) => {
    const owner = await comparedOwner()
    const id = await publishedBy(owner)
    await vi.waitFor(async () => {
      expect(await consumers()).toHaveLength(1)
    }, within)
    await harm()
    await holds(id, { rev: 1 })
    await vi.waitFor(() => {
      expect(owner.status().problem).toBeUndefined()
    }, within)
    await operator.put(id, 4, 'forged')
    await holds(id, { rev: 5, value: { name: 'true' } })
    const said = feed.log.lines.filter(({ message }) => message.startsWith('messages of the bucket do not arrive at its owner'))
    expect(said.length > 0).toBe(isSaid)
  })

  async function consumers(): Promise<string[]> {
    return (await (await operator.streams()).consumers.list(`KV_${TestFeed.bucket}`).next()).map(({ name }) => name)
  }

  async function deleteConsumers(): Promise<void> {
    const streams = await operator.streams()
    for (const name of await consumers()) await streams.consumers.delete(`KV_${TestFeed.bucket}`, name)
  }

  it('publishes on under a flood of forgeries, says it in few words, and has put all of it right soon after', async () => {
    const owner = await comparedOwner()
    const known = await Promise.all(Array.from({ length: 20 }, async () => publishedBy(owner)))
    const forger = await connectedForger()
    let forged = 0
    const flood = (async () => {
      while (forged < 3 * GUARD_KEYS_MAX) {
        await delay(10)
        for (let n = 0; n < 20; n += 1, forged += 1) {
          const id = n === 0 ? known[forged % known.length] : newId('organization')
          const entry = { v: 1, id, org: PLATFORM, rev: 3, value: { handle: 'acme', name: 'forged' } }
          forger.publish(`$KV.${TestFeed.bucket}.${PLATFORM}.${id}`, JSON.stringify(entry))
        }
      }
      await forger.flush()
    })()
    const state = { isOver: false }
    void flood.then(() => {
      state.isOver = true
    })
    let written = 0
    for (; !state.isOver; written += 1) {
      const id = await feed.insert('written meanwhile')
      expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 5_000 })).toBe(true)
    }
    expect(written).toBeGreaterThan(5)
    await vi.waitFor(
      async () => {
        const entries = Object.values(await operator.entries())
        expect(entries).toHaveLength(known.length + written)
        expect(entries.filter((entry) => (entry as { value: { name: string } }).value.name === 'forged')).toEqual([])
      },
      { timeout: 20_000, interval: 500 },
    )
    expect(feed.log.lines.filter(({ message }) => message === SAID).length).toBeLessThan(5)
    expect(owner.status()).toMatchObject({ stuck: 0, oldestUnpublishedSeconds: 0 })
  }, 40_000)

  async function connectedForger() {
    const link = feed.link('forger')
    await link.connected()
    if (link.connection === undefined) throw new Error('no connection')
    return link.connection
  }
})
