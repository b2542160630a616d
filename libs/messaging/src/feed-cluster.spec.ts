import { type OrganizationId, PLATFORM } from '@cambio/contracts'
import { startNatsCluster, type TestNatsCluster, type TestNatsNode } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { feedDigest } from './feed/feed-digest.js'
import { type FeedOwner } from './owner/feed-owner.js'
import { type FeedReplica } from './replica/feed-replica.js'
import { Operator, TestFeed } from './testing/test-feed.js'

const within = { timeout: 30_000, interval: 50 }

describe('the feed over a cluster of three nats-servers that keeps three copies', () => {
  let cluster: TestNatsCluster
  let feed: TestFeed
  let operator: Operator
  let owner: FeedOwner<'organizations', { handle: string; name: string }>
  let replica: FeedReplica<'organizations'>
  beforeAll(async () => {
    cluster = await startNatsCluster()
    feed = await TestFeed.on(cluster.urls)
    operator = await Operator.on(feed)
    owner = feed.owner({ bucketReplicas: 3 })
    owner.start()
    await feed.serveConfirmations([owner])
    replica = feed.replica()
    await replica.start()
    await vi.waitFor(() => {
      expect(replica.state().ready).toBe(true)
    }, within)
  }, 90_000)
  afterAll(async () => {
    await feed.end()
    await cluster.stop()
  })

  async function leader(): Promise<TestNatsNode> {
    return vi.waitFor(async () => {
      const { cluster: group } = await (await operator.streams()).streams.info(`KV_${TestFeed.bucket}`)
      const node = cluster.nodes.find(({ name }) => name === group?.leader)
      expect(node).toBeDefined()
      return node!
    }, within)
  }

  async function follower(): Promise<TestNatsNode> {
    const { name } = await leader()
    return cluster.nodes.find((node) => node.name !== name)!
  }

  async function copiesAreCurrent(): Promise<void> {
    await vi.waitFor(async () => {
      const { cluster: group } = await (await operator.streams()).streams.info(`KV_${TestFeed.bucket}`)
      expect(group?.replicas?.filter(({ current, offline }) => current && !offline)).toHaveLength(2)
    }, within)
  }

  /** Database, bucket and replica agree whole, and nobody is ahead of anybody. */
  async function agree(): Promise<void> {
    await vi.waitFor(async () => {
      expect(await feed.collection.unpublished(1)).toEqual([])
      const entries: Record<string, object> = {}
      for await (const chunk of feed.collection.scan({ chunkSize: 500 })) {
        for (const stored of chunk) {
          const { org, id, rev } = stored
          entries[`${org}.${id}`] = { v: 1, id, org, rev, ...(stored.deleted ? { deleted: true, value: null } : { value: stored.value }) }
        }
      }
      expect(await operator.entries()).toEqual(entries)
      expect(replica.state()).toMatchObject({
        ready: true,
        digest: feedDigest('organizations', Object.values(entries) as never),
        unconfirmed: 0,
      })
      expect(owner.status().problem).toBeUndefined()
    }, within)
    expect(owner.status()).toMatchObject({ healed: 0, forged: 0, stuck: 0 })
  }

  /** Changes one document after another until told to stop. */
  function changing(id: OrganizationId): () => Promise<number> {
    const ending = new AbortController()
    const changes = (async () => {
      let rev = (await feed.collection.get(PLATFORM, id))?.rev ?? 0
      for (; !ending.signal.aborted; rev += 1) {
        await feed.rename(id, rev, `name ${rev + 1}`)
        await owner.settled(PLATFORM, id, rev + 1, { deadlineMs: 20 })
      }
      return rev
    })()
    return async () => {
      ending.abort()
      return changes
    }
  }

  it('has three copies of the bucket, and publishes to all', async () => {
    const id = await feed.insert()
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 10_000 })).toBe(true)
    await agree()
    expect((await (await operator.streams()).streams.info(`KV_${TestFeed.bucket}`)).config.num_replicas).toBe(3)
    await copiesAreCurrent()
  }, 60_000)

  it.each([
    ['its leader is killed', leader, async (node: TestNatsNode) => node.kill(), async (node: TestNatsNode) => node.restart()],
    [
      'a follower is killed and loses its data',
      follower,
      async (node: TestNatsNode) => node.kill(),
      async (node: TestNatsNode) => node.wipe(),
    ],
    [
      'its leader is frozen',
      leader,
      async (node: TestNatsNode) => node.pause(),
      async (node: TestNatsNode) => {
        node.resume()
      },
    ],
  ])(
    'loses nothing and goes on when, amid writes, %s',
    async (_what, choose, harm, mend) => {
      const id = await feed.insert('changed all the time')
      const stop = changing(id)
      const node = await choose()
      await harm(node)
      const away = await feed.insert('written while a node is away')
      // Two of three are a majority.
      await vi.waitFor(async () => {
        expect((await feed.collection.get(PLATFORM, away))?.publishedRev).toBe(1)
        expect(replica.get(PLATFORM, away)).toMatchObject({ rev: 1 })
      }, within)
      await mend(node)
      const rev = await stop()
      await agree()
      expect(replica.get(PLATFORM, id)).toMatchObject({ rev, value: { name: `name ${rev}` } })
      await cluster.ready()
      await copiesAreCurrent()
    },
    90_000,
  )

  it('keeps what it has while a majority is away, takes writes, and goes on when it is back', async () => {
    const [one, other] = [await leader(), await follower()]
    await Promise.all([one.kill(), other.kill()])
    const id = await feed.insert('written without a majority')
    expect(await owner.settled(PLATFORM, id, 1, { deadlineMs: 100 })).toBe(false)
    await vi.waitFor(() => {
      expect(owner.status().problem).toBeDefined()
    }, within)
    expect(replica.state().ready).toBe(true)
    await Promise.all([one.restart(), other.restart()])
    await agree()
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
  }, 90_000)

  it('gets another number of copies at the next comparison, if that is configured', async () => {
    await copiesAreCurrent()
    await owner.stop()
    owner = feed.owner({ bucketReplicas: 1 })
    owner.start()
    await vi.waitFor(async () => {
      expect((await (await operator.streams()).streams.info(`KV_${TestFeed.bucket}`)).config.num_replicas).toBe(1)
    }, within)
    await agree()
  }, 60_000)
})
