import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { type OrganizationId, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { type Collection, openSqliteStore } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type FeedStep } from '../feed/feed-step.js'
import { Operator, organizationsIn, TestFeed } from '../testing/test-feed.js'
import { type FeedOwner } from './feed-owner.js'

const within = { timeout: 10_000, interval: 20 }

interface Process {
  readonly collection: Collection<OrganizationValue>
  readonly owner: FeedOwner<'organizations', OrganizationValue>
}

/** A place where a relay stands until it is let go. */
class Stall {
  readonly #at: FeedStep
  readonly #reached = Promise.withResolvers<undefined>()
  readonly #released = Promise.withResolvers<undefined>()
  readonly #marked = Promise.withResolvers<undefined>()

  constructor(at: FeedStep) {
    this.#at = at
  }

  readonly step = async (step: FeedStep): Promise<void> => {
    if (step === 'publish.marked') this.#marked.resolve(undefined)
    if (step !== this.#at) return
    this.#reached.resolve(undefined)
    await this.#released.promise
  }

  async reached(): Promise<void> {
    await this.#reached.promise
  }

  release(): void {
    this.#released.resolve(undefined)
  }

  /** Waits until it has marked what it held. */
  async marked(): Promise<void> {
    await this.#marked.promise
  }
}

describe('two processes that own one store', () => {
  let feed: TestFeed
  let operator: Operator
  let file: string
  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cambio-two-owners-'))
    file = join(folder, 'store.db')
    feed = await TestFeed.start()
    feed.onEnd(() => {
      rmSync(folder, { recursive: true })
    })
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  async function aProcess(step?: (step: FeedStep) => Promise<void>): Promise<Process> {
    const store = await openSqliteStore({ file })
    feed.onEnd(async () => store.close())
    const collection = organizationsIn(store)
    return { collection, owner: feed.owner({ collection, leases: store.leases(), ...(step === undefined ? {} : { step }) }) }
  }

  async function completed(): Promise<void> {
    await vi.waitFor(async () => {
      expect((await (await operator.kv()).get('_meta'))?.json()).toMatchObject({ complete: true })
    }, within)
  }

  async function publish({ owner }: Process, id: OrganizationId, rev: number): Promise<void> {
    expect(await owner.settled(PLATFORM, id, rev, { deadlineMs: 10_000 })).toBe(true)
  }

  it('do not put an old state back when the relay of one was stalled before it wrote', async () => {
    const [stall, quick] = [new Stall('publish.read'), await aProcess()]
    const stalled = await aProcess(stall.step)
    const id = await feed.insert('old', stalled.collection)
    await operator.makeBucket()
    stalled.owner.start()
    await stall.reached() // it has seen the empty key
    quick.owner.start()
    await feed.rename(id, 1, 'new', quick.collection)
    await publish(quick, id, 2)
    stall.release()
    await stall.marked()
    expect(await operator.read(id)).toMatchObject({ rev: 2, value: { name: 'new' } })
    expect(await quick.collection.get(PLATFORM, id)).toMatchObject({ rev: 2, publishedRev: 2 })
    expect(stalled.owner.status()).toMatchObject({ published: 0, healed: 0 })
  })

  it.each([
    [
      'a change',
      async (process: Process, id: OrganizationId) => feed.rename(id, 1, 'new', process.collection),
      { rev: 2, value: { name: 'new' } },
    ],
    ['a removal', async (process: Process, id: OrganizationId) => feed.remove(id, 1, process.collection), { rev: 2, deleted: true }],
  ])('do not lose the mark of %s when the relay of one was stalled before it marked', async (_what, change, expected) => {
    const [stall, quick] = [new Stall('publish.put'), await aProcess()]
    const stalled = await aProcess(stall.step)
    const id = await feed.insert('old', stalled.collection)
    await operator.makeBucket()
    stalled.owner.start()
    await stall.reached() // revision 1 is in the bucket
    quick.owner.start()
    await change(quick, id)
    await publish(quick, id, 2)
    stall.release()
    await stall.marked()
    expect(await quick.collection.getAny(PLATFORM, id)).toMatchObject({ rev: 2, publishedRev: 2 })
    expect(await quick.collection.unpublished(10)).toEqual([])
    expect(await operator.read(id)).toMatchObject(expected)
  })

  it('race for every change, and each state in the bucket is newer than the one before it (EV-14)', async () => {
    const slow = async (): Promise<void> => delay(Math.random() * 4)
    const processes = [await aProcess(slow), await aProcess(slow)]
    for (const { owner } of processes) owner.start()
    await completed()
    const seen = new Map<string, number[]>()
    const watch = await (await operator.kv()).watch()
    feed.onEnd(() => {
      watch.stop()
    })
    void (async () => {
      for await (const message of watch) {
        if (message.key === '_meta') continue
        const { rev } = message.json<{ rev: number }>()
        seen.set(message.key, [...(seen.get(message.key) ?? []), rev])
      }
    })()
    const [one, other] = processes as [Process, Process]
    const ids = await Promise.all(Array.from({ length: 8 }, async (_, n) => feed.insert('1', (n % 2 === 0 ? one : other).collection)))
    for (let rev = 1; rev <= 12; rev += 1) {
      const writer = rev % 2 === 0 ? one : other
      for (const id of ids) await feed.rename(id, rev, String(rev + 1), writer.collection)
      for (const { owner } of processes) owner.publishSoon()
      await delay(Math.random() * 8)
    }
    await vi.waitFor(async () => {
      expect(await one.collection.unpublished(10)).toEqual([])
      for (const id of ids) expect(seen.get(`${PLATFORM}.${id}`)?.at(-1)).toBe(13)
    }, within)
    for (const revs of seen.values()) expect(revs).toEqual([...new Set(revs)].toSorted((a, b) => a - b))
    for (const { owner } of processes) expect(owner.status()).toMatchObject({ healed: 0, forged: 0, putRight: 0, stuck: 0 })
    for (const id of ids) expect(await operator.read(id)).toMatchObject({ rev: 13, value: { name: '13' } })
  })

  it('heal one forgery together by one revision, and then agree', async () => {
    const stalls = [new Stall('heal.read'), new Stall('heal.read')] as const
    const processes = [await aProcess(stalls[0].step), await aProcess(stalls[1].step)] as const
    for (const { owner } of processes) owner.start()
    await vi.waitFor(() => {
      for (const { owner } of processes) expect(owner.status().reconciledAt).toBeDefined()
    }, within)
    const id = await feed.insert('true', processes[0].collection)
    await publish(processes[0], id, 1)
    const watch = await (await operator.kv()).watch({ key: `${PLATFORM}.${id}` })
    const seen: number[] = []
    feed.onEnd(() => {
      watch.stop()
    })
    void (async () => {
      for await (const message of watch) seen.push(message.json<{ rev: number }>().rev)
    })()
    await operator.put(id, 5, 'forged')
    // Both have seen the forgery and the store as it was before.
    await Promise.all(stalls.map(async (stall) => stall.reached()))
    for (const stall of stalls) stall.release()
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject({ rev: 6, value: { name: 'true' } })
      for (const { owner } of processes) expect(owner.status()).toMatchObject({ putRight: 1 })
    }, within)
    // What one writes explains itself to the other.
    await operator.put(id, 7, 'a mark')
    await vi.waitFor(() => {
      expect(seen.at(-1)).toBe(8)
    }, within)
    expect(seen).toEqual([1, 5, 6, 7, 8])
    expect(processes.map(({ owner }) => owner.status().healed).reduce((sum, healed) => sum + healed)).toBe(2)
    expect(await processes[0].collection.unpublished(10)).toEqual([])
  })

  it('compare with a list and a scan that the other has overtaken, and neither put back nor erase what is newer', async () => {
    const [stall, quick] = [new Stall('reconcile.begun'), await aProcess()]
    const comparing = await aProcess(stall.step)
    const [changed, removed] = [await feed.insert('old', quick.collection), await feed.insert('old', quick.collection)]
    comparing.owner.start()
    await stall.reached() // it has listed the bucket
    quick.owner.start()
    await feed.rename(changed, 1, 'new', quick.collection)
    await feed.remove(removed, 1, quick.collection)
    const created = await feed.insert('created meanwhile', quick.collection)
    for (const [id, rev] of [
      [changed, 2],
      [removed, 2],
      [created, 1],
    ] as const)
      await publish(quick, id, rev)
    stall.release()
    await vi.waitFor(() => {
      expect(comparing.owner.status().lastReconciliation).toEqual({ repaired: 0, erased: 0, ahead: 0 })
    }, within)
    expect(await operator.read(changed)).toMatchObject({ rev: 2, value: { name: 'new' } })
    expect(await operator.read(removed)).toMatchObject({ rev: 2, deleted: true })
    expect(await operator.read(created)).toMatchObject({ rev: 1 })
  })
})
