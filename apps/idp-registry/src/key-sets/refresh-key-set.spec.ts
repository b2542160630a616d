import { keySourceOf } from '@cambio/contracts'
import {
  answersEndlessly,
  answersLater,
  answersWith,
  answersWithJsonText,
  hangsUp,
  hostileIdp,
  type HostileIdp,
  keyA,
  keyB,
  testKey,
} from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { RegisteredKeys } from '../testing/registered-keys.js'
import { PurgeKeySet } from './purge-key-set.js'

let keys: RegisteredKeys
let idp: HostileIdp
let id: string

beforeEach(async () => {
  keys = await RegisteredKeys.open()
  idp = await hostileIdp()
  id = await keys.add(idp)
})
afterEach(async () => {
  await keys.close()
  await idp.stop()
})

const refresh = (cause: 'scheduled' | 'requested' | 'unknown_kid' = 'requested') => keys.refresher.refresh(keys.org, id, cause)
const kids = async (): Promise<unknown[]> => (await keys.keySet(id)).keys.map(({ kid }) => kid)

describe('a refresh of a key set', () => {
  it('takes a brand-new key at once after its creation has cooled down (JW-08)', async () => {
    keys.clock.advance(10_000)
    idp.rotateTo(keyB())
    expect(await refresh('unknown_kid')).toMatchObject({ outcome: 'refreshed' })
    expect(await kids()).toEqual(['a1', 'b1'])
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(1)
  })

  it('confirms an unchanged set, so that its age starts again, and tells the feed', async () => {
    keys.clock.advance(60_000)
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' })
    expect(await keys.keySet(id)).toMatchObject({ verifiedAt: keys.clock.now().toISOString(), freshForSeconds: 300 })
    expect(keys.written.map(({ value }) => value.verifiedAt)).toEqual([keys.clock.now().toISOString()])
  })

  it('drops a key that is no longer listed at once', async () => {
    keys.clock.advance(10_000)
    idp.rotateTo(keyB(), 'withdrawn')
    await refresh()
    expect(await kids()).toEqual(['b1'])
  })

  it.each([
    ['an empty set (JW-10)', answersWith({ keys: [] }), 'no_usable_keys'],
    ['HTML (JW-11)', answersWith('<html></html>'), 'not_metadata'],
    ['half a document (JW-11)', answersWithJsonText('{"keys":['), 'not_metadata'],
    ['symmetric keys only', answersWith({ keys: [{ kty: 'oct', k: 'AAAA' }] }), 'no_usable_keys'],
    ['500 (JW-02)', answersWith('', 500), 'bad_status'],
    ['10 MiB (JW-22)', answersEndlessly(), 'too_large'],
    ['nothing', hangsUp, 'bad_response'],
  ])('that gets %s fails, and the last good keys stay', async (_, answer, lastFailure) => {
    const before = await keys.keySet(id)
    keys.clock.advance(10_000)
    idp.answer(idp.paths.jwks, answer)
    expect(await refresh()).toMatchObject({ outcome: 'failed' })
    expect(await keys.keySet(id)).toEqual({ ...before, attemptedAt: keys.clock.now().toISOString(), lastFailure, consecutiveFailures: 1 })
  })

  it('counts every attempt, also one that failed: 10 s to the next (JW-05)', async () => {
    keys.clock.advance(10_000)
    idp.answer(idp.paths.jwks, hangsUp)
    await refresh()
    keys.clock.advance(4_000)
    expect(await refresh()).toMatchObject({ outcome: 'limited', retryAfterMs: 6_000 })
    expect(await refresh('scheduled')).toMatchObject({ outcome: 'limited', retryAfterMs: 6_000 })
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(1)
    keys.clock.advance(6_000)
    idp.behave()
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' })
  })

  it('is caused by unknown kids at most every 30 s (JW-07)', async () => {
    keys.clock.advance(10_000)
    await refresh('unknown_kid')
    keys.clock.advance(20_000)
    expect(await refresh('unknown_kid')).toMatchObject({ outcome: 'limited', retryAfterMs: 10_000 })
    expect(await refresh('scheduled')).toMatchObject({ outcome: 'unchanged' })
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(2)
  })

  it('keeps these distances between replicas too', async () => {
    const another = keys.anotherRefresher()
    keys.clock.advance(10_000)
    await refresh('unknown_kid')
    expect(await another.refresh(keys.org, id, 'requested')).toMatchObject({ outcome: 'limited', retryAfterMs: 10_000 })
    keys.clock.advance(15_000)
    expect(await another.refresh(keys.org, id, 'unknown_kid')).toMatchObject({ outcome: 'limited', retryAfterMs: 15_000 })
  })

  it('goes on when the wall clock was set back, but not more often (JW-23)', async () => {
    keys.clock.advance(60_000)
    await refresh()
    keys.clock.setBack(3_600_000)
    expect(await refresh()).toMatchObject({ outcome: 'limited' })
    keys.clock.advance(10_000)
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' })
  })

  it('serves all who ask at the same time with one request', async () => {
    keys.clock.advance(10_000)
    idp.answer(idp.paths.jwks, answersLater(50, answersWith(idp.jwks())))
    const results = await Promise.all(Array.from({ length: 50 }, () => refresh('unknown_kid')))
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(1)
  })

  it('is made by one of two replicas that begin at the same moment', async () => {
    const another = keys.anotherRefresher()
    keys.clock.advance(10_000)
    const results = await Promise.all([refresh(), another.refresh(keys.org, id, 'requested')])
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['limited', 'unchanged'])
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(1)
  })

  it('runs for at most 8 providers at once, and one does not touch another (JW-17, JW-25)', async () => {
    let open = 0
    let most = 0
    idp.answer(idp.paths.jwks, async (request, response) => {
      most = Math.max(most, (open += 1))
      await new Promise((resolve) => setTimeout(resolve, 20))
      open -= 1
      await (Number(request.url.split('n=')[1]) % 2 === 0 ? answersWith(idp.jwks()) : hangsUp)(request, response)
    })
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, n) => keys.add(idp, { issuer: `${idp.issuer}/${n}`, jwksUri: `${idp.jwksUri}?n=${n}` })),
    )
    keys.clock.advance(10_000)
    const results = await Promise.all(ids.map((one) => keys.refresher.refresh(keys.org, one, 'scheduled')))
    expect(results.map(({ outcome }) => outcome)).toEqual(ids.map((_, n) => (n % 2 === 0 ? 'unchanged' : 'failed')))
    expect(most).toBe(8)
  })

  it('does not bring back keys that were purged while it ran', async () => {
    keys.clock.advance(10_000)
    const asked = Promise.withResolvers<undefined>()
    idp.answer(idp.paths.jwks, async (request, response) => {
      asked.resolve(undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await answersWith(idp.jwks())(request, response)
    })
    const running = refresh()
    await asked.promise
    await new PurgeKeySet(keys.keySets, () => undefined).execute(keys.org, id)
    expect(await running).toMatchObject({ outcome: 'limited' })
    expect(await kids()).toEqual([])
    keys.clock.advance(10_000)
    await refresh()
    expect(await kids()).toEqual(['a1'])
  })

  it('does not take keys from an address that was changed while it ran', async () => {
    keys.clock.advance(10_000)
    const asked = Promise.withResolvers<undefined>()
    idp.answer(idp.paths.jwks, async (request, response) => {
      asked.resolve(undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await answersWith({ keys: [testKey('ES256', { name: 'old' }).publicJwk] })(request, response)
    })
    const running = refresh()
    await asked.promise
    const moved = { jwksUri: `${idp.jwksUri}?new`, keySource: keySourceOf({ issuer: idp.issuer, jwksUri: `${idp.jwksUri}?new` }) }
    const provider = (await keys.providers.get(keys.org, id))!
    await keys.providers.replace(keys.org, id, provider.rev, { ...provider.value, ...moved })
    await running
    expect(await kids()).toEqual(['a1'])
  })

  it('asks a disabled provider nothing for a stranger’s token, and everything for an administrator', async () => {
    const provider = (await keys.providers.get(keys.org, id))!
    await keys.providers.replace(keys.org, id, provider.rev, { ...provider.value, enabled: false })
    keys.clock.advance(60_000)
    expect(await refresh('unknown_kid')).toMatchObject({ outcome: 'limited' })
    expect(idp.requests).toHaveLength(0)
    expect(await refresh('requested')).toMatchObject({ outcome: 'unchanged' })
  })

  it('restores keys that were given, without a request', async () => {
    const provider = (await keys.providers.get(keys.org, id))!
    const rest = { ...provider.value }
    delete rest.jwksUri
    await keys.providers.replace(keys.org, id, provider.rev, { ...rest, jwks: { keys: [keyA().publicJwk] } })
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' })
    const { keySource } = provider.value
    await new PurgeKeySet(keys.keySets, () => undefined).execute(keys.org, id)
    expect(await refresh()).toMatchObject({ outcome: 'refreshed', keySet: { value: { source: 'inline', keySource } } })
    expect([await kids(), idp.requests.length]).toEqual([['a1'], 0])
  })

  it('takes nothing over from a key set of another source, whether it succeeds or fails', async () => {
    const moved = { jwksUri: `${idp.jwksUri}?new`, keySource: keySourceOf({ issuer: idp.issuer, jwksUri: `${idp.jwksUri}?new` }) }
    const provider = (await keys.providers.get(keys.org, id))!
    await keys.providers.replace(keys.org, id, provider.rev, { ...provider.value, ...moved })
    keys.clock.advance(10_000)
    idp.answerOnce(idp.paths.jwks, hangsUp)
    expect(await refresh()).toMatchObject({ outcome: 'failed' })
    expect(await keys.keySet(id)).toMatchObject({ keys: [], verifiedAt: null, keySource: moved.keySource, consecutiveFailures: 1 })
    keys.clock.advance(10_000)
    expect(await refresh()).toMatchObject({ outcome: 'refreshed' })
    expect(await keys.keySet(id)).toMatchObject({ keys: [{ kid: 'a1' }], source: 'uri', keySource: moved.keySource })
  })

  it('is answered without a fetch only by a key set of the provider’s own source', async () => {
    expect(await keys.refresher.holding(keys.org, id, 'a1')).toMatchObject({ value: { keys: [{ kid: 'a1' }] } })
    expect(await keys.refresher.holding(keys.org, id, 'b1')).toBeUndefined()
    const keySource = keySourceOf({ issuer: idp.issuer, inlineKeys: [] })
    const provider = (await keys.providers.get(keys.org, id))!
    await keys.providers.replace(keys.org, id, provider.rev, { ...provider.value, keySource })
    expect(await keys.refresher.holding(keys.org, id, 'a1')).toBeUndefined()
  })

  it('of nothing is absent', async () => {
    expect(await keys.refresher.refresh(keys.org, 'idp_none', 'requested')).toEqual({ outcome: 'absent' })
  })
})
