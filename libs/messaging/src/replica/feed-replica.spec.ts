import { setTimeout as delay } from 'node:timers/promises'

import { type FeedEntry, newId, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { feedDigest } from '../feed/feed-digest.js'
import { Operator, TestFeed } from '../testing/test-feed.js'
import { AppliedProbe, askApplied, askDigests } from './applied-probe.js'
import { type FeedReplica } from './feed-replica.js'

type Replica = FeedReplica<'organizations'>

describe('a replica of a feed', () => {
  let feed: TestFeed
  let operator: Operator
  beforeEach(async () => {
    feed = await TestFeed.start()
    operator = await Operator.on(feed)
  })
  afterEach(async () => {
    await feed.end()
  })

  async function ready(replica: Replica): Promise<void> {
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: true, source: 'nats' })
      },
      { timeout: 10_000 },
    )
  }

  async function holds(replica: Replica, id: string, rev: number): Promise<void> {
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev })
      },
      { timeout: 10_000 },
    )
  }

  /** A bucket made by nobody but the test, so that it can hold anything. */
  async function completeBucket(): Promise<void> {
    await operator.makeBucket()
    await operator.complete()
  }

  it('is not ready before NATS, the bucket and its owner are there, and says which is missing', async () => {
    await feed.server.kill()
    const replica = feed.replica()
    await replica.start()
    expect(replica.state()).toMatchObject({
      ready: false,
      missing: 'no connection to NATS, and no organizations on disk',
      source: 'nothing',
    })
    await feed.server.restart()
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: false, missing: 'applications has not made cambio-organizations' })
      },
      { timeout: 5_000 },
    )
    await operator.makeBucket()
    const id = newId('organization')
    await operator.put(id, 1, 'ACME')
    await holds(replica, id, 1)
    expect(replica.state()).toMatchObject({ ready: false, missing: 'applications has not completed cambio-organizations' })
    await operator.complete()
    await ready(replica)
    expect(replica.state()).not.toHaveProperty('missing')
  })

  it('applies only what is newer, whatever order it comes in (EV-22)', async () => {
    await completeBucket()
    const told: string[] = []
    const replica = feed.replica({
      projection: {
        apply: (entry: FeedEntry<OrganizationValue>, previous) => told.push(`${previous?.rev ?? 0} → ${entry.rev} ${entry.value?.name}`),
      },
    })
    await replica.start()
    await ready(replica)
    const id = newId('organization')
    await operator.put(id, 5, 'five')
    await holds(replica, id, 5) // the bucket keeps the last message of a key only
    await operator.put(id, 4, 'four')
    await operator.put(id, 5, 'five again') // a duplicate (EV-10)
    await operator.put(id, 6, 'six')
    await holds(replica, id, 6)
    expect(told).toEqual(['0 → 5 five', '5 → 6 six'])
    await operator.put(id, 7, '', { deleted: true, value: null })
    await operator.put(id, 6, 'six, late')
    await operator.put(newId('organization'), 1, 'last')
    await vi.waitFor(() => {
      expect(replica.size).toBe(2)
    })
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 7, deleted: true, value: null })
    expect(told.slice(2)).toEqual(['6 → 7 undefined', '0 → 1 last'])
  })

  it('parks what it cannot read, keeps what it held, and lets the others flow (EV-11, EV-16)', async () => {
    await completeBucket()
    const replica = feed.replica()
    await replica.start()
    await ready(replica)
    const ids = Array.from({ length: 7 }, () => newId('organization'))
    for (const id of ids) await operator.put(id, 1, 'good')
    for (const id of ids) await holds(replica, id, 1)
    const kv = await operator.kv()
    const bad: (string | Uint8Array)[] = [
      '{"poison":',
      new Uint8Array([0xff, 0xfe]),
      '['.repeat(200_000),
      JSON.stringify({ v: 1, id: ids[0], org: PLATFORM, rev: 9, value: { handle: 'forged', name: 'of another key' } }),
      JSON.stringify({ v: 1, id: ids[4], org: PLATFORM, rev: 2, value: { name: 1 } }),
      JSON.stringify({ v: 1, id: ids[5], org: PLATFORM, rev: 2, value: { handle: 'acme', name: 'x'.repeat(600_000) } }),
      JSON.stringify({ v: 2, id: ids[6], org: PLATFORM, rev: 2, value: { of: 'a newer version' } }),
    ]
    for (const [n, message] of bad.entries()) await kv.put(`${PLATFORM}.${ids[n]}`, message)
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ parked: 7, ready: true })
    })
    for (const id of ids) expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1, value: { name: 'good' } })
    expect(feed.log.lines).toContainEqual({
      level: 'error',
      message: 'a message of the feed cannot be applied',
      fields: { kind: 'organizations', key: `${PLATFORM}.${ids[6]}`, code: 'newer', v: 2 },
    })
    for (const id of ids) await operator.put(id, 3, 'good again')
    for (const id of ids) await holds(replica, id, 3)
    expect(replica.state()).toMatchObject({ parked: 0 })
  })

  it('survives that an index refuses an entry, and says so', async () => {
    await completeBucket()
    const replica = feed.replica({
      projection: {
        apply: (entry) => {
          if (entry.value?.name === 'bad') throw new TypeError('no such index')
        },
      },
    })
    await replica.start()
    const [bad, good] = [newId('organization'), newId('organization')]
    await operator.put(bad, 1, 'bad')
    await operator.put(good, 1, 'good')
    await holds(replica, good, 1)
    expect(replica.get(PLATFORM, bad)).toBeUndefined()
    expect(replica.state()).toMatchObject({ parked: 1 })
  })

  it.each([
    ['the stream is deleted and made anew', async () => operator.destroyBucket()],
    ['the data of NATS is lost (EV-05)', async () => feed.server.wipe()],
    ['an operator purges the bucket', async () => operator.purge()],
    ['NATS is restarted', async () => feed.server.restart()],
    ['NATS is killed', async () => feed.server.kill().then(async () => feed.server.restart())],
  ])('heals together with its owner when %s', async (_what, harm) => {
    const owner = feed.owner()
    await feed.serveConfirmations([owner])
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const ids = await Promise.all(Array.from({ length: 5 }, async () => feed.insert()))
    for (const id of ids) await holds(replica, id, 1)
    await ready(replica)
    await harm()
    expect(replica.state()).toMatchObject({ ready: true })
    const later = await feed.insert('written after it')
    owner.publishSoon()
    await holds(replica, later, 1)
    for (const id of ids) await holds(replica, id, 1)
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: true, unconfirmed: 0, lag: 0, entries: 6 })
      },
      { timeout: 5_000 },
    )
  })

  it('lists again as soon as NATS is back, without waiting for its next look', async () => {
    await completeBucket()
    const replica = feed.replica({ pollIntervalMs: 60_000 })
    await replica.start()
    await ready(replica)
    await feed.server.restart()
    const id = newId('organization')
    await operator.put(id, 1, 'ACME')
    await holds(replica, id, 1)
    expect(replica.state()).toMatchObject({ ready: true, listings: 2 })
  })

  it('keeps what it has when the bucket is restored from an older backup, and gets the rest again', async () => {
    const owner = feed.owner()
    await feed.serveConfirmations([owner])
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const changed = await feed.insert()
    owner.publishSoon()
    await holds(replica, changed, 1)
    await ready(replica)
    const restore = await feed.backUp()
    await feed.rename(changed, 1, 'after the backup')
    const later = await feed.insert()
    owner.publishSoon()
    await holds(replica, changed, 2)
    await holds(replica, later, 1)
    await restore()
    for (let looks = 0; looks < 20; looks += 1) {
      expect(replica.get(PLATFORM, changed)).toMatchObject({ rev: 2 })
      expect(replica.get(PLATFORM, later)).toMatchObject({ rev: 1 })
      await delay(50)
    }
    const fresh = feed.replica()
    await fresh.start()
    await holds(fresh, changed, 2)
    await holds(fresh, later, 1)
  })

  it('drops an id that the bucket lacks only when its owner says so', async () => {
    const owner = feed.owner({ times: { checkIntervalMs: 60_000 } }) // it does not look at its bucket by itself
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const id = await feed.insert()
    owner.publishSoon()
    await holds(replica, id, 1)
    await ready(replica)
    const invented = newId('organization')
    await operator.put(invented, 3, 'nobody wrote it')
    await holds(replica, invented, 3)
    await operator.purge(id)
    await operator.purge(invented)
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ unconfirmed: 2 })
    })
    await delay(300) // nobody answers: both stay
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    expect(replica.get(PLATFORM, invented)).toMatchObject({ rev: 3 })
    await feed.serveConfirmations([owner])
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ unconfirmed: 0 })
      },
      { timeout: 5_000 },
    )
    expect(replica.get(PLATFORM, invented)).toBeUndefined()
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject({ rev: 1 }) // the question has repaired the bucket
    })
  })

  it('learns of a tombstone that it missed from the owner (EV-13)', async () => {
    const owner = feed.owner({ times: { checkIntervalMs: 60_000 } })
    await feed.serveConfirmations([owner])
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const id = await feed.insert()
    owner.publishSoon()
    await holds(replica, id, 1)
    await ready(replica)
    await operator.purge(id)
    await feed.remove(id, 1) // not published: the replica can only learn it by asking
    await vi.waitFor(
      () => {
        expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 2, deleted: true, value: null })
      },
      { timeout: 5_000 },
    )
  })

  it('asks before it believes a KV delete, which no owner makes', async () => {
    const owner = feed.owner({ times: { checkIntervalMs: 60_000 } })
    await feed.serveConfirmations([owner])
    owner.start()
    const replica = feed.replica()
    await replica.start()
    const id = await feed.insert()
    owner.publishSoon()
    await holds(replica, id, 1)
    await ready(replica)
    await (await operator.kv()).delete(`${PLATFORM}.${id}`)
    await vi.waitFor(async () => {
      expect(await operator.read(id)).toMatchObject({ rev: 1 })
    })
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
  })

  it('prunes nothing over a bucket that nobody has completed', async () => {
    await completeBucket()
    const id = newId('organization')
    await operator.put(id, 1, 'ACME')
    const owner = feed.owner() // knows nothing, answers "unknown" to everything, and is never started
    await feed.serveConfirmations([owner])
    const replica = feed.replica()
    await replica.start()
    await ready(replica)
    await holds(replica, id, 1)
    await operator.destroyBucket()
    await operator.makeBucket()
    await vi.waitFor(() => {
      expect(replica.state().listings).toBeGreaterThan(1)
    })
    await delay(300)
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    expect(replica.state()).toMatchObject({ ready: true, unconfirmed: 0 })
    await operator.complete()
    await vi.waitFor(() => {
      expect(replica.get(PLATFORM, id)).toBeUndefined()
    })
  })

  it('serves its last state without NATS, tells its age, and is not ready past the limit (EV-07)', async () => {
    let now = 1_000
    await completeBucket()
    const replica = feed.replica({ maxStalenessSeconds: 60, uptimeMs: () => now })
    await replica.start()
    const id = newId('organization')
    await operator.put(id, 1, 'ACME')
    await holds(replica, id, 1)
    await ready(replica)
    await feed.server.kill()
    now += 59_000
    expect(replica.state()).toMatchObject({ ready: true })
    expect(replica.state().ageSeconds).toBeGreaterThanOrEqual(58)
    now += 5_000
    expect(replica.state()).toMatchObject({ ready: false, missing: 'organizations are older than 60 s' })
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 1 })
    await feed.server.restart()
    await vi.waitFor(
      () => {
        expect(replica.state()).toMatchObject({ ready: true })
      },
      { timeout: 5_000 },
    )
    expect(replica.state().ageSeconds).toBeLessThan(1)
  })

  it('takes an entry that the owner gave in an answer, by the same rule', async () => {
    const replica = feed.replica()
    const id = newId('organization')
    const entry = { v: 1, id, org: PLATFORM, rev: 2, value: { handle: 'acme', name: 'two' } }
    expect(replica.offer(entry)).toBe(true)
    expect(replica.offer({ ...entry, rev: 1, value: { handle: 'acme', name: 'one' } })).toBe(true)
    expect(replica.offer({ ...entry, rev: 3, value: {} })).toBe(false)
    expect(replica.get(PLATFORM, id)).toMatchObject({ rev: 2, value: { name: 'two' } })
  })

  it('loads 5,000 entries without holding the event loop', async () => {
    await operator.makeBucket()
    const ids = Array.from({ length: 5_000 }, () => newId('organization'))
    for (let from = 0; from < ids.length; from += 500) {
      await Promise.all(ids.slice(from, from + 500).map(async (id) => operator.put(id, 1, 'ACME')))
    }
    await operator.complete()
    const replica = feed.replica()
    let longestMs = 0
    const cpuMs = (): number => {
      const { user, system } = process.threadCpuUsage() // the clock would count what other processes take
      return (user + system) / 1_000
    }
    let last = cpuMs()
    const beat = setInterval(() => {
      const now = cpuMs()
      longestMs = Math.max(longestMs, now - last)
      last = now
    }, 1)
    await replica.start()
    await ready(replica)
    clearInterval(beat)
    expect(replica.size).toBe(5_000)
    expect(replica.state().listings).toBe(1)
    expect(longestMs).toBeLessThan(100)
  })

  it('tells which revision it has applied, together with all others', async () => {
    await completeBucket()
    const id = newId('organization')
    const question = { kind: 'organizations', org: PLATFORM, id } as const
    const links = [feed.link('one'), feed.link('two')]
    for (const [n, link] of links.entries()) {
      const replica = feed.replica({ link })
      await replica.start()
      await ready(replica)
      const probe = new AppliedProbe({ link, service: 'token-service', replica: `token-${n}`, replicas: [replica] })
      probe.start()
      feed.onEnd(() => {
        probe.stop()
      })
    }
    const asker = feed.link('asker')
    expect(await askApplied(asker, question)).toEqual([])
    await asker.connected()
    await operator.put(id, 4, 'ACME')
    await vi.waitFor(async () => {
      const answers = [...(await askApplied(asker, question, 100))].sort((a, b) => a.replica.localeCompare(b.replica))
      expect(answers).toEqual([
        { service: 'token-service', replica: 'token-0', rev: 4 },
        { service: 'token-service', replica: 'token-1', rev: 4 },
      ])
    })
    expect(await askApplied(asker, { ...question, id: 'never-heard-of' }, 100)).toEqual([
      expect.objectContaining({ rev: 0 }),
      expect.objectContaining({ rev: 0 }),
    ])
    expect(await askApplied(asker, { ...question, kind: 'apis' }, 100)).toEqual([])
    for (const payload of ['{', JSON.stringify({ ...question, org: 'a.b.c' }), 'x'.repeat(5_000)]) {
      asker.connection!.publish('cambio.probe.applied.v1', payload, { reply: 'nobody.listens' })
    }
    expect(await askApplied(asker, question, 100)).toHaveLength(2)
  })

  it('tells by a digest what it holds, which changes with every entry and is that of the bucket (EV-14)', async () => {
    await completeBucket()
    const [changed, gone, kept] = [newId('organization'), newId('organization'), newId('organization')]
    for (const id of [changed, gone, kept]) await operator.put(id, 1, 'ACME')
    const links = [feed.link('one'), feed.link('two')]
    const replicas: Replica[] = []
    const probes: AppliedProbe[] = []
    for (const [n, link] of links.entries()) {
      const replica = feed.replica({ link })
      replicas.push(replica)
      await replica.start()
      await ready(replica)
      const probe = new AppliedProbe({ link, service: 'token-service', replica: `token-${n}`, replicas: [replica] })
      probe.start()
      probes.push(probe)
      feed.onEnd(() => {
        probe.stop()
      })
    }
    const asker = feed.link('asker')
    expect(await askDigests(asker, 'organizations')).toEqual([])
    await asker.connected()
    const seen = new Set<string>()
    const agree = async (): Promise<void> => {
      await vi.waitFor(async () => {
        const entries = await operator.readEntries()
        const digest = feedDigest('organizations', entries)
        const answers = [...(await askDigests(asker, 'organizations', 100))].sort((a, b) => a.replica.localeCompare(b.replica))
        expect(answers).toEqual(
          ['token-0', 'token-1'].map((replica) => ({
            service: 'token-service',
            replica,
            kind: 'organizations',
            entries: entries.length,
            digest,
          })),
        )
        expect(replicas.map((replica) => replica.state().digest)).toEqual([digest, digest])
        seen.add(digest)
      }, 10_000)
    }
    await agree()
    await operator.put(changed, 2, 'ACME') // the revision alone
    await agree()
    await operator.put(gone, 2, '', { deleted: true, value: null })
    await agree()
    await operator.put(changed, 3, 'other', { value: { name: 'of other order', addedLater: 1, handle: 'acme' } })
    await agree()
    expect(seen.size).toBe(4)
    const rubbish = ['{', '"apis"', JSON.stringify({ kind: 'organizations', more: 1 }), 'x'.repeat(5_000), '['.repeat(1_000), '\u0000']
    for (const payload of rubbish) {
      asker.connection!.publish('cambio.probe.digest.v1', payload, { reply: 'nobody.listens' })
    }
    expect(await askDigests(asker, 'apis', 100)).toEqual([])
    expect(await askDigests(asker, 'organizations', 100)).toHaveLength(2)
    expect(probes.map(({ refused }) => refused)).toEqual([rubbish.length, rubbish.length])
  })

  it('has the digest of nothing once everything it held was dropped', async () => {
    await completeBucket()
    const owner = feed.owner() // answers "unknown" to everything, and is never started
    await feed.serveConfirmations([owner])
    const replica = feed.replica()
    await replica.start()
    await ready(replica)
    const nothing = replica.state().digest
    const id = newId('organization')
    await operator.put(id, 1, 'ACME')
    await holds(replica, id, 1)
    expect(replica.state().digest).not.toBe(nothing)
    await operator.purge(id)
    await vi.waitFor(() => {
      expect(replica.state()).toMatchObject({ entries: 0, digest: nothing })
    }, 10_000)
  })
})
