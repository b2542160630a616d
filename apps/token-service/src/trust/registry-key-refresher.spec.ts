import { setTimeout as sleep } from 'node:timers/promises'
import { createNatsLink, type NatsLink, RpcClient } from '@cambio/messaging'
import { aKeySet, anIdp, captureLogs, feedEntry, fixedClock, IDS, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { IssuersProjection, type RegisteredIssuer } from '../directory/issuers.projection.js'
import { AnsweringRegistry } from '../testing/answering-registry.js'
import { MORE_IDS } from '../testing/exchange-world.js'
import { RegistryKeyRefresher } from './registry-key-refresher.js'

function registered(id: string): RegisteredIssuer {
  const issuers = new IssuersProjection()
  issuers.apply(feedEntry('identity-providers', anIdp(), { id }))
  return issuers.byId(IDS.organization, id)!
}

const issuerA = registered(IDS.identityProvider)
const issuerB = registered(MORE_IDS.identityProviderB)

describe('a refresh of an identity provider’s keys', () => {
  let server: TestNatsServer
  let link: NatsLink
  let registry: AnsweringRegistry
  let clock: ReturnType<typeof fixedClock>
  let applied: unknown[]
  let refresher: RegistryKeyRefresher
  beforeAll(async () => {
    server = await startNatsServer()
    link = createNatsLink({ servers: server.url, name: 'token-service', log: captureLogs().logger })
    await link.connected()
  })
  afterAll(async () => {
    await link.close()
    await server.stop()
  })
  beforeEach(async () => {
    registry = await AnsweringRegistry.start(server.url)
    clock = fixedClock()
    applied = []
    refresher = new RegistryKeyRefresher(new RpcClient(link, captureLogs().logger), (entry) => applied.push(entry), clock.nowMs)
  })
  afterEach(async () => registry.stop())

  it('asks the registry, and applies the entry that it answers', async () => {
    const entry = feedEntry('key-sets', aKeySet(), { rev: 2 })
    registry.brings(entry)
    expect(await refresher.refresh(issuerA, 'a2')).toBe('asked')
    expect(registry.questions).toEqual([{ org: IDS.organization, identityProvider: IDS.identityProvider, kid: 'a2' }])
    expect(applied).toEqual([entry])
  })

  it.each(['unchanged', 'limited', 'failed'] as const)('counts as asked when it brought nothing: %s', async (outcome) => {
    registry.answer = () => ({ ok: true, value: { outcome, entry: null } })
    expect(await refresher.refresh(issuerA, 'a2')).toBe('asked')
  })

  it('is one for all requests that come while it is under way', async () => {
    registry.answer = async () => {
      await sleep(50)
      return { ok: true, value: { outcome: 'refreshed', entry: feedEntry('key-sets', aKeySet()) } }
    }
    const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => refresher.refresh(issuerA, `kid-${index}`)))
    expect(new Set(answers)).toEqual(new Set(['asked']))
    expect([registry.questions.length, applied.length]).toEqual([1, 1])
  })

  it('comes at most once in 30 s for one identity provider, whatever kids are made up (JW-05)', async () => {
    for (let second = 0; second < 60; second += 1) {
      await refresher.refresh(issuerA, `kid-${second}`)
      clock.advanceMs(1_000)
    }
    expect(registry.questions.map(({ kid }) => kid)).toEqual(['kid-0', 'kid-30'])
  })

  it('of one identity provider does not hold up another’s', async () => {
    await refresher.refresh(issuerA, 'a2')
    await refresher.refresh(issuerB, 'b2')
    expect(registry.questions.map(({ identityProvider }) => identityProvider)).toEqual([issuerA.id, issuerB.id])
  })

  it('cannot be had within a second from a registry that hangs, and the next requests do not wait for it', async () => {
    registry.answer = async () => {
      await sleep(3_000)
      return { ok: true, value: { outcome: 'unchanged', entry: null } }
    }
    const startedMs = performance.now()
    expect(await refresher.refresh(issuerA, 'a2')).toBe('unavailable')
    expect(performance.now() - startedMs).toBeLessThan(2_500)
    const againMs = performance.now()
    expect(await refresher.refresh(issuerA, 'a2')).toBe('unavailable')
    expect(performance.now() - againMs).toBeLessThan(500)
    clock.advanceMs(2_000)
    registry.answer = () => ({ ok: true, value: { outcome: 'unchanged', entry: null } })
    expect(await refresher.refresh(issuerA, 'a2')).toBe('asked')
  })

  it('cannot be had while nobody answers, and is asked for again after 2 s', async () => {
    await registry.stop()
    expect(await refresher.refresh(issuerA, 'a2')).toBe('unavailable')
    registry = await AnsweringRegistry.start(server.url)
    clock.advanceMs(1_999)
    expect(await refresher.refresh(issuerA, 'a2')).toBe('unavailable')
    clock.advanceMs(1)
    expect(await refresher.refresh(issuerA, 'a2')).toBe('asked')
  })

  it('cannot be had when the registry refuses or answers nonsense', async () => {
    registry.answer = () => ({ ok: false, failure: { code: 'not_found' } })
    expect(await refresher.refresh(issuerA, 'a2')).toBe('unavailable')
    registry.answer = () => ({ ok: true, value: { outcome: 'nonsense' as 'failed', entry: null } })
    expect(await refresher.refresh(issuerB, 'b2')).toBe('unavailable')
    expect(applied).toEqual([])
  })
})
