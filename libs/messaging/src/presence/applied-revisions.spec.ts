import { newId, PLATFORM, PRESENCE_SUBJECT } from '@cambio/contracts'
import { eventually } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type NatsLink } from '../link/nats-link.js'
import { AppliedProbe } from '../replica/applied-probe.js'
import { TestFeed } from '../testing/test-feed.js'
import { AppliedRevisions } from './applied-revisions.js'
import { ProcessPresence } from './process-presence.js'
import { ReplicaRoster } from './replica-roster.js'

const id = newId('organization')
const question = { kind: 'organizations', org: PLATFORM, id } as const

describe('on how many replicas a revision is applied', () => {
  let feed: TestFeed
  let asker: NatsLink
  let link: NatsLink
  /** The roster's clock: a minute passes when a test says so. */
  let nowMs: number
  let roster: ReplicaRoster
  let applied: AppliedRevisions

  beforeEach(async () => {
    feed = await TestFeed.start()
    asker = feed.link('asker')
    link = feed.link('replicas')
    nowMs = 1_000
    roster = new ReplicaRoster({ link: asker, now: () => nowMs })
    applied = new AppliedRevisions(asker, roster)
    await Promise.all([asker.connected(), link.connected()])
    await asker.connection?.flush()
  })

  afterEach(async () => {
    roster.stop()
    await feed.end()
  })

  /** A process that holds the organization at a revision, and does or does not answer. */
  function aProcess(
    replica: string,
    { rev, answers = true, intervalMs = 60_000 }: { rev: number; answers?: boolean; intervalMs?: number },
  ): ProcessPresence {
    const name = { service: 'token-service', replica } as const
    const entry = { v: 1, id, org: PLATFORM, rev, value: null }
    const probe = new AppliedProbe({ link, ...name, replicas: [{ kind: 'organizations', size: 1, digest: '', get: () => entry }] })
    if (answers) probe.start()
    const presence = new ProcessPresence({ link, presence: { ...name, kinds: ['organizations', 'apis'] }, intervalMs })
    presence.start()
    feed.onEnd(() => {
      presence.stop()
      probe.stop()
    })
    return presence
  }

  const heard = async (count: number): Promise<void> => {
    await eventually(() => {
      expect(roster.holding('organizations').size).toBe(count)
    })
  }

  it('counts a replica that hangs as one that does not hold it, until a minute has passed', async () => {
    aProcess('one', { rev: 4, intervalMs: 50 })
    aProcess('two', { rev: 3, intervalMs: 50 })
    aProcess('hung', { rev: 4, answers: false })
    await heard(3)
    expect(await applied.count(question, 4)).toEqual({ replicas: 3, current: 1, silent: 1 })
    expect(await applied.count(question, 3)).toEqual({ replicas: 3, current: 2, silent: 1 })
    expect(await applied.count({ ...question, kind: 'apis' }, 1)).toEqual({ replicas: 3, current: 0, silent: 3 })
    nowMs += 60_001
    await heard(2)
    expect(await applied.count(question, 4)).toEqual({ replicas: 2, current: 1, silent: 0 })
  })

  it('does not count a replica that has left in good order', async () => {
    aProcess('stays', { rev: 4 })
    const leaves = aProcess('leaves', { rev: 4, answers: false })
    await heard(2)
    leaves.stop()
    await heard(1)
    expect(await applied.count(question, 4)).toEqual({ replicas: 1, current: 1, silent: 0 })
  })

  it('does not call a replica silent that leaves while it is asked', async () => {
    aProcess('stays', { rev: 4 })
    const leaves = aProcess('leaves', { rev: 4, answers: false })
    await heard(2)
    const counted = applied.count(question, 4)
    leaves.stop()
    expect(await counted).toEqual({ replicas: 1, current: 1, silent: 0 })
  })

  it('remembers no more processes than a fleet can have, whoever says that they are there', async () => {
    for (let n = 0; n < 1_100; n++) {
      link.connection?.publish(PRESENCE_SUBJECT, JSON.stringify({ service: 'gateway', replica: `forged-${n}`, kinds: ['organizations'] }))
    }
    link.connection?.publish(PRESENCE_SUBJECT, JSON.stringify({ service: 'gateway', replica: 'forged-0', kinds: [], leaving: true }))
    await heard(999)
  })

  it('ends early once everybody is known and has answered, and not before everybody can be known', async () => {
    aProcess('one', { rev: 4 })
    await heard(1)
    const took = async (): Promise<number> => {
      const from = performance.now()
      expect(await applied.count(question, 4)).toEqual({ replicas: 1, current: 1, silent: 0 })
      return performance.now() - from
    }
    expect(roster.isComplete).toBe(false)
    expect(await took()).toBeGreaterThan(290)
    nowMs += 10_000
    expect(roster.isComplete).toBe(true)
    const durations = [await took(), await took(), await took()]
    expect(Math.min(...durations)).toBeLessThan(200)
  })

  it('has to hear everybody again after a break of the connection', async () => {
    nowMs += 10_000
    expect(roster.isComplete).toBe(true)
    await feed.server.restart()
    await eventually(() => {
      expect(asker.connection).toBeDefined()
      expect(roster.isComplete).toBe(false)
    })
  })

  it('hears of a process at its connection, however late that comes', async () => {
    const late = feed.link('late')
    const presence = { service: 'gateway', replica: 'late', kinds: ['organizations'] } as const
    const process = new ProcessPresence({ link: late, presence: { ...presence, kinds: [...presence.kinds] }, intervalMs: 60_000 })
    process.start()
    expect(late.connection).toBeUndefined()
    await heard(1)
    process.stop()
  })

  it('knows nothing without a connection, and says so', async () => {
    await feed.server.kill()
    await eventually(async () => {
      expect(await applied.count(question, 1)).toBeNull()
    })
  })

  it.each([
    ['no JSON', '{'],
    ['a service that does not exist', JSON.stringify({ service: 'forger', replica: 'x', kinds: ['organizations'] })],
    ['no kinds', JSON.stringify({ service: 'gateway', replica: 'x' })],
    ['too much', JSON.stringify({ service: 'gateway', replica: 'x', kinds: ['organizations'], more: 'x'.repeat(5_000) })],
  ])('counts nobody for a message that is %s', async (_what, message) => {
    link.connection?.publish(PRESENCE_SUBJECT, message)
    aProcess('one', { rev: 4 })
    await heard(1)
    expect([...roster.holding('organizations')]).toEqual(['token-service/one'])
  })
})
