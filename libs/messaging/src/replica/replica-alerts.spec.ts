import { FEED_REV_LEAP_MAX, feedBucket, type FeedEntry, newId, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { aRevocation, feedEntry } from '@cambio/testing'
import { jetstream } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { RpcClient } from '../rpc/rpc-client.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { FeedReplica } from './feed-replica.js'

describe('a replica whose feed needs somebody', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  const eventually = async (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 })
  const lines = (level: string) => feed.log.lines.filter((line) => line.level === level).map(({ message }) => message)

  it('says once within 30 s that it cannot be verified, and once that it can again (EV-07)', async () => {
    await operator.makeBucket()
    await operator.complete()
    let uptimeMs = 0
    const replica = feed.replica({ uptimeMs: () => uptimeMs, pauseThresholdMs: 60_000 })
    await replica.start()
    await eventually(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'nats', alerts: [] })
    })
    await feed.server.kill()
    uptimeMs += 20_000
    expect(replica.state()).toMatchObject({ ready: true, alerts: [] })
    uptimeMs += 1_000
    expect(replica.state()).toMatchObject({ ready: true, alerts: ['stale'] })
    const stale = 'the feed cannot be verified; the state is old and served on'
    await eventually(() => {
      expect(lines('error')).toEqual([stale])
    })
    uptimeMs += 3_600_000
    await new Promise((resolve) => setTimeout(resolve, 2_500)) // two ticks
    expect(lines('error')).toEqual([stale])
    await feed.server.restart()
    await eventually(() => {
      expect(lines('info')).toContain('the feed is verified again')
      expect(replica.state()).toMatchObject({ ready: true, alerts: [] })
    })
    expect(lines('error')).toEqual([stale])
  })

  it('is an alert too when it never had anything, and then nothing is served of it', async () => {
    let uptimeMs = 0
    const replica = feed.replica({ uptimeMs: () => uptimeMs, pauseThresholdMs: 60_000 })
    await replica.start()
    expect(replica.state()).toMatchObject({ ready: false, alerts: [] })
    uptimeMs += 21_000
    expect(replica.state()).toMatchObject({ ready: false, alerts: ['not_ready'] })
    await eventually(() => {
      expect(lines('error')).toEqual(['the feed cannot be verified; nothing is served of it'])
    })
  })

  it('has an age that no clock can change which somebody sets (EV-22)', async () => {
    await operator.makeBucket()
    await operator.complete()
    let [now, uptimeMs] = [Date.now(), 0]
    const replica = feed.replica({ now: () => now, uptimeMs: () => uptimeMs, maxStalenessSeconds: 60 })
    await replica.start()
    await eventually(() => {
      expect(replica.state()).toMatchObject({ ready: true, source: 'nats' })
    })
    await feed.server.kill()
    for (const skewMs of [300_000, -600_000, 300_000]) {
      now += skewMs
      expect(replica.state()).toMatchObject({ ready: true, alerts: [] })
      expect(replica.state().ageSeconds).toBeLessThan(5)
    }
    now -= 86_400_000
    uptimeMs += 61_000
    expect(replica.state()).toMatchObject({ ready: false, missing: 'organizations are older than 60 s' })
  })

  it('tells up to where it has applied the bucket', async () => {
    await operator.makeBucket()
    await operator.complete()
    const replica = feed.replica()
    expect(replica.state().sequence).toBeUndefined()
    await replica.start()
    const sequence = await operator.put(newId('organization'), 1, 'ACME')
    await eventually(() => {
      expect(replica.state()).toMatchObject({ sequence, lag: 0 })
    })
  })

  it('asks the owner about what leaps or cannot be read, and takes its word; the bucket is repaired (EV-16)', async () => {
    const owner = feed.owner({ times: { checkIntervalMs: 60_000 } })
    await feed.serveConfirmations([owner])
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const [broken, leaping] = [await feed.insert('good'), await feed.insert('good')]
    owner.publishSoon()
    await eventually(() => {
      for (const id of [broken, leaping]) expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    })
    const kv = await operator.kv()
    await kv.put(`${PLATFORM}.${broken}`, '{"poison":')
    await operator.put(leaping, FEED_REV_LEAP_MAX + 2, 'forged')
    const invented = newId('organization')
    // Nobody can be asked about these, and they must not stand before those that somebody knows.
    for (const key of ['rubbish', 'a.b.c', `${PLATFORM}.${'x'.repeat(200)}`]) await kv.put(key, '{}')
    await kv.put(`${PLATFORM}.${invented}`, '[]')
    await eventually(() => {
      expect(replica.state()).toMatchObject({ ready: true, parked: 3, unconfirmed: 0, refused: 6, entries: 2 })
    })
    expect(replica.get(PLATFORM, broken)).toMatchObject({ value: { name: 'good' } })
    expect(replica.get(PLATFORM, leaping)).toMatchObject({ value: { name: 'good' } })
    await vi.waitFor(async () => {
      expect(await operator.read(broken)).toMatchObject({ value: { name: 'good' } })
    }, 10_000)
  })

  it('stops deciding when an index failed and could not be put back', async () => {
    await operator.makeBucket()
    await operator.complete()
    let isBroken = false
    const replica = feed.replica({
      projection: {
        apply: ({ value }: FeedEntry<OrganizationValue>) => {
          isBroken ||= value?.name === 'bad'
          if (isBroken) throw new TypeError('no such index')
        },
      },
    })
    await replica.start()
    await operator.put(newId('organization'), 1, 'bad')
    await eventually(() => {
      expect(replica.state()).toMatchObject({
        ready: false,
        missing: 'an index of organizations is broken; restart this process',
        alerts: ['parked', 'index'],
      })
    })
  })
})

describe('a replica of what denies by being there', () => {
  let feed: TestFeed
  let kv: KV
  let replica: FeedReplica<'revocations'>
  beforeEach(async () => {
    feed = await TestFeed.start()
    const link = feed.link('revocations')
    await link.connected()
    kv = await new Kvm(jetstream(link.connection!)).create(feedBucket('revocations'), { history: 1, allow_direct: true })
    await kv.put('_meta', JSON.stringify({ complete: true, at: new Date().toISOString() }))
    replica = new FeedReplica({
      kind: 'revocations',
      link,
      rpc: new RpcClient(link, feed.log),
      log: feed.log,
      pollIntervalMs: 100,
      diskGraceMs: 0,
    })
    feed.onEnd(async () => replica.stop())
    await replica.start()
  })
  afterEach(async () => {
    await feed.end()
  })

  const eventually = async (expected: object): Promise<void> =>
    vi.waitFor(() => {
      expect(replica.state()).toMatchObject(expected)
    }, 10_000)
  const entry = feedEntry('revocations', aRevocation())
  const key = `${entry.org}.${entry.id}`

  it.each([
    ['a newer version wrote', { ...entry, v: 2, value: { of: 'another shape' } }],
    ['nobody can read', { ...entry, value: { of: 'another shape' } }],
  ])('is not ready while there is one that %s and of which it holds nothing', async (_what, message) => {
    await eventually({ ready: true, source: 'nats' })
    await kv.put(key, JSON.stringify(message))
    await eventually({
      ready: false,
      missing: 'revocations that this version cannot read; upgrade this process',
      parked: 1,
      alerts: ['parked'],
    })
    await kv.put(key, JSON.stringify({ ...entry, rev: 3 }))
    await eventually({ ready: true, parked: 0, entries: 1 })
  })

  it('is ready while it holds an older state of the one that it cannot read: that one denies', async () => {
    await kv.put(key, JSON.stringify(entry))
    await eventually({ ready: true, entries: 1 })
    await kv.put(key, JSON.stringify({ ...entry, v: 2, rev: 9 }))
    await eventually({ ready: true, entries: 1, parked: 1, alerts: ['parked'] })
  })
})
