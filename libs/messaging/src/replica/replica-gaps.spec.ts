import { setTimeout as delay } from 'node:timers/promises'

import { newId, PLATFORM } from '@cambio/contracts'
import { startTcpProxy, stopProcess, type TcpProxy } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createNatsLink } from '../link/nats-link.js'
import { ReplicaChild } from '../testing/replica-child-process.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { type FeedReplica } from './feed-replica.js'

type Replica = FeedReplica<'organizations'>

const NEVER_MS = 600_000

describe('a replica that nothing tells that it misses something', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
    await operator.makeBucket()
    await operator.complete()
  })
  afterEach(async () => {
    await feed.end()
  })

  async function holds(replica: Replica, id: string, rev: number, timeout = 10_000): Promise<void> {
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev })
      },
      { timeout },
    )
  }

  async function started(options: Parameters<TestFeed['replica']>[0] = {}): Promise<{ replica: Replica; id: string }> {
    const id = newId('organization')
    await operator.put(id, 1, 'allowed')
    const replica = feed.replica(options)
    await replica.start()
    await holds(replica, id, 1)
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'nats' })
    }, 10_000)
    return { replica, id }
  }

  /** A replica behind a proxy, with a link of its own. */
  async function behindProxy(): Promise<{ replica: Replica; id: string; proxy: TcpProxy }> {
    const proxy = await startTcpProxy(feed.server.port)
    const link = createNatsLink({
      servers: `nats://127.0.0.1:${proxy.port}`,
      name: 'proxied',
      log: feed.log,
      reconnectWaitMs: 50,
      pingIntervalMs: 300,
    })
    feed.onEnd(async () => {
      await link.close()
      await proxy.stop()
    })
    return { ...(await started({ link })), proxy }
  }

  it.each([
    ['packets are lost without a reset (EV-08)', 'drop'],
    ['the connection is frozen (EV-08)', 'freeze'],
  ] as const)(
    'finds out when %s, and lists again on another connection',
    async (_what, mode) => {
      const { replica, id, proxy } = await behindProxy()
      const began = performance.now()
      proxy.become(mode)
      await operator.put(id, 2, '', { deleted: true, value: null })
      await delay(100)
      expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
      expect(replica.state()).toMatchObject({ ready: true, listings: 1 })
      await vi.waitFor(
        () => {
          expect(feed.log.text).toContain('the connection to NATS is lost')
        },
        { timeout: 25_000, interval: 50 },
      )
      if (mode === 'freeze') proxy.become('forward')
      await holds(replica, id, 2, 10_000)
      expect(performance.now() - began).toBeLessThan(30_000)
      expect(replica.state().listings).toBe(2)
    },
    45_000,
  )

  it('lists again when its consumer was deleted at the server, though nothing has come since', async () => {
    const { replica } = await started()
    for await (const { name } of (await operator.streams()).consumers.list(`KV_${TestFeed.bucket}`)) {
      await (await operator.streams()).consumers.delete(`KV_${TestFeed.bucket}`, name)
    }
    await vi.waitFor(() => {
      expect(replica.state().listings).toBe(2)
    }, 10_000)
    expect(feed.log.lines).toContainEqual({
      level: 'warn',
      message: 'the bucket is listed again',
      fields: { kind: 'organizations', gap: 'consumer lost' },
    })
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, lag: 0 })
    })
  })

  it('misses nothing that was put while its consumer was gone', async () => {
    const { replica, id } = await started()
    for await (const { name } of (await operator.streams()).consumers.list(`KV_${TestFeed.bucket}`)) {
      await (await operator.streams()).consumers.delete(`KV_${TestFeed.bucket}`, name)
    }
    await operator.put(id, 2, '', { deleted: true, value: null })
    await holds(replica, id, 2)
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ ready: true, lag: 0 })
    })
  })

  it('waits out a server that is frozen, tells its age meanwhile, and goes on (EV-07)', async () => {
    const { replica, id } = await started({ alertAfterSeconds: 2 })
    await feed.server.pause()
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: true, alerts: ['stale'] })
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    feed.server.resume()
    await operator.put(id, 2, 'allowed no more')
    await holds(replica, id, 2, 30_000)
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ alerts: [] })
      },
      { timeout: 10_000 },
    )
  }, 60_000)

  it('knows after it stood still, and lists again at once (EV-19)', async () => {
    const id = newId('organization')
    await operator.put(id, 1, 'allowed')
    // Neither its looks nor its connection could tell it in time.
    const child = new ReplicaChild({ natsUrl: feed.server.url, pollIntervalMs: NEVER_MS, pauseThresholdMs: 1_000 })
    await vi.waitFor(
      async () => {
        expect(await child.ask(id)).toMatchObject({ entry: { rev: 1 }, state: { ready: true, listings: 1 } })
      },
      { timeout: 20_000 },
    )
    await stopProcess(child.pid)
    for await (const { name } of (await operator.streams()).consumers.list(`KV_${TestFeed.bucket}`)) {
      await (await operator.streams()).consumers.delete(`KV_${TestFeed.bucket}`, name)
    }
    await operator.put(id, 2, '', { deleted: true, value: null })
    await delay(2_500)
    child.kill('SIGCONT')
    const resumedAt = performance.now()
    await vi.waitFor(
      async () => {
        expect(await child.ask(id)).toMatchObject({ entry: { rev: 2, deleted: true }, state: { ready: true } })
      },
      { timeout: 20_000 },
    )
    expect(performance.now() - resumedAt).toBeLessThan(30_000)
    expect((await child.ask(id)).state.listings).toBe(2)
    expect(child.lines).toContainEqual({
      level: 'warn',
      message: 'this process stood still; the bucket is listed again',
      fields: { kind: 'organizations', lateMs: expect.any(Number) as number },
    })
  }, 60_000)
})
