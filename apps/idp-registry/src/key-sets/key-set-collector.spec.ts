import { keySourceOf, newId } from '@cambio/contracts'
import { answersWith, captureLogs, type CapturedLogs, hangsUp, hostileIdp, type HostileIdp, keyB } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { RegisteredKeys } from '../testing/registered-keys.js'
import { PurgeKeySet } from './purge-key-set.js'
import { collectorLease, KeySetCollector } from './key-set-collector.js'

let keys: RegisteredKeys
let idp: HostileIdp
let logs: CapturedLogs

beforeEach(async () => {
  keys = await RegisteredKeys.open()
  idp = await hostileIdp()
  logs = captureLogs()
})
afterEach(async () => {
  await keys.close()
  await idp.stop()
})

function collector(holder = 'one'): KeySetCollector {
  const { providers, keySets, refresher, clock, store } = keys
  return new KeySetCollector({ providers, keySets, refresher, clock, log: logs.logger, leases: store.leases(), holder, random: () => 0.5 })
}

/** Lets time pass in steps of a second, as the collector's own timer does. */
async function pass(seconds: number, ...collectors: KeySetCollector[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    keys.clock.advance(1_000)
    for (const one of collectors) {
      await one.tick()
      await one.idle()
    }
  }
}

const fetches = (): number => idp.requestsTo(idp.paths.jwks).length

describe('the collector of key sets', () => {
  it('refreshes ahead of the end of the time to live', async () => {
    const id = await keys.add(idp)
    const one = collector()
    await pass(239, one)
    expect(fetches()).toBe(0)
    idp.rotateTo(keyB(), 'withdrawn')
    await pass(2, one)
    expect(fetches()).toBe(1)
    expect((await keys.keySet(id)).keys.map(({ kid }) => kid)).toEqual(['b1'])
    await pass(241, one)
    expect(fetches()).toBe(2)
  })

  it('backs off from an address that fails, and never forgets it (JW-05)', async () => {
    const id = await keys.add(idp)
    idp.answer(idp.paths.jwks, hangsUp)
    const one = collector()
    await pass(240, one)
    await pass(60, one)
    // At 240 s, then 11, 22 and 44 s later.
    expect(fetches()).toBe(3)
    expect(await keys.keySet(id)).toMatchObject({ lastFailure: 'bad_response', consecutiveFailures: 3 })
    expect((await keys.keySet(id)).keys).toHaveLength(1)
    expect(logs.at('warn')).toHaveLength(3)
    idp.behave()
    await pass(300, one)
    expect(await keys.keySet(id)).toMatchObject({ lastFailure: null, consecutiveFailures: 0 })
  })

  it('goes on when the wall clock is set back by an hour (JW-23)', async () => {
    await keys.add(idp)
    const one = collector()
    await pass(10, one)
    keys.clock.setBack(3_600_000)
    await pass(240, one)
    expect(fetches()).toBe(1)
  })

  it('is one of all replicas, and the next one takes over when it stops', async () => {
    await keys.add(idp)
    const [one, two] = [collector('one'), collector('two')]
    await pass(1, one, two)
    expect([one.status(), two.status()]).toEqual([
      { collects: true, providers: 1 },
      { collects: false, providers: 0 },
    ])
    await one.stop()
    await pass(6, two)
    expect(two.status()).toEqual({ collects: true, providers: 1 })
  })

  it('stops collecting when another has its lease', async () => {
    await keys.add(idp)
    const one = collector('one')
    await pass(1, one)
    await keys.store.leases().release(collectorLease, 'one')
    await keys.store.leases().acquire(collectorLease, 'two', 600)
    await pass(6, one)
    expect(one.status()).toEqual({ collects: false, providers: 0 })
  })

  it('leaves disabled providers and given keys alone, and takes up what is enabled later', async () => {
    const id = await keys.add(idp, { enabled: false })
    const one = collector()
    await pass(400, one)
    expect(fetches()).toBe(0)
    const stored = (await keys.providers.get(keys.org, id))!
    await keys.providers.replace(keys.org, id, stored.rev, { ...stored.value, enabled: true })
    await pass(11, one)
    expect(fetches()).toBe(1)
    const enabled = (await keys.providers.get(keys.org, id))!
    await keys.providers.remove(keys.org, id, enabled.rev)
    await pass(11, one)
    expect(one.status().providers).toBe(0)
  })

  it('fetches soon what a purge has dropped, in place of waiting for the plan', async () => {
    const id = await keys.add(idp)
    const one = collector()
    await pass(1, one)
    await new PurgeKeySet(keys.keySets, () => undefined).execute(keys.org, id)
    await pass(21, one)
    expect((await keys.keySet(id)).keys).toHaveLength(1)
    expect(fetches()).toBe(1)
  })

  it.each(['enabled', 'disabled'] as const)(
    'restores given keys where another source’s are, also of a provider that is %s',
    async (state) => {
      const id = await keys.add(idp, { enabled: state === 'enabled' })
      const rest = { ...(await keys.provider(id)) }
      delete rest.jwksUri
      const keySource = keySourceOf({ issuer: idp.issuer, inlineKeys: [keyB().publicJwk] })
      await keys.providers.replace(keys.org, id, 1, { ...rest, jwks: { keys: [keyB().publicJwk] }, keySource })
      await pass(2, collector())
      expect(await keys.keySet(id)).toMatchObject({ source: 'inline', keys: [{ kid: 'b1' }], keySource })
      expect(fetches()).toBe(0)
    },
  )

  it('fetches soon what belongs to another source than the registration names', async () => {
    const id = await keys.add(idp)
    const one = collector()
    await pass(1, one)
    const jwksUri = `${idp.jwksUri}?moved`
    const keySource = keySourceOf({ issuer: idp.issuer, jwksUri })
    await keys.providers.replace(keys.org, id, 1, { ...(await keys.provider(id)), jwksUri, keySource })
    idp.rotateTo(keyB(), 'withdrawn')
    await pass(21, one)
    expect(await keys.keySet(id)).toMatchObject({ source: 'uri', keys: [{ kid: 'b1' }], keySource })
    expect(fetches()).toBe(1)
  })

  it('removes the key set of a creation that died before its provider was written', async () => {
    const id = newId('identityProvider')
    await keys.addEmptyKeySet(id)
    const one = collector()
    await pass(30, one)
    expect(await keys.keySets.get(keys.org, id)).toBeDefined()
    // Stored times are the store's own; the test's clock has to pass them.
    keys.clock.setBack(keys.clock.now().getTime() - Date.now() - 120_000)
    await pass(11, one)
    expect(await keys.keySets.getAny(keys.org, id)).toMatchObject({ deleted: true })
  })

  it('fills the key set of a provider that has none', async () => {
    const id = newId('identityProvider')
    await keys.addProvider(id, { issuer: idp.issuer, jwksUri: idp.jwksUri })
    idp.answerOnce(idp.paths.jwks, answersWith(idp.jwks()))
    await pass(2, collector())
    expect((await keys.keySet(id)).keys.map(({ kid }) => kid)).toEqual(['a1'])
  })
})
