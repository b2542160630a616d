import { openSqliteStore, type Store, type StoreStep } from '@cambio/store'
import { anIdp, feedEntry, fixedClock, FIXED_NOW_SECONDS, IDS } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { IssuersProjection, type RegisteredIssuer } from '../directory/issuers.projection.js'
import { MORE_IDS } from '../testing/exchange-world.js'
import { StoredTokenUse } from './stored-token-use.js'

const EXPIRES = FIXED_NOW_SECONDS + 300

/** What SQLite throws while another process writes. */
const busy = (): Error => Object.assign(new Error('locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5, errstr: 'database is locked' })

function registered(id: string): RegisteredIssuer {
  const issuers = new IssuersProjection()
  issuers.apply(feedEntry('identity-providers', anIdp({ singleUse: true }), { id }))
  return issuers.byId(IDS.organization, id)!
}

describe('the single use of a token id', () => {
  const clock = fixedClock()
  const issuerA = registered(IDS.identityProvider)
  const issuerB = registered(MORE_IDS.identityProviderB)
  let step: (at: StoreStep) => void
  let store: Store
  let uses: StoredTokenUse
  beforeEach(async () => {
    step = () => undefined
    store = await openSqliteStore({
      file: ':memory:',
      now: clock.nowMs,
      step: (at) => {
        step(at)
      },
    })
    uses = new StoredTokenUse(store.singleUse())
  })
  afterEach(async () => store.close())

  it('is given once, to exactly one of many at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => uses.claim(issuerA, 'jti-1', EXPIRES)))
    expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'used')).toHaveLength(19)
  })

  it('is one for each identity provider: equal ids of two do not collide', async () => {
    expect(await uses.claim(issuerA, 'jti-1', EXPIRES)).toBe('claimed')
    expect(await uses.claim(issuerB, 'jti-1', EXPIRES)).toBe('claimed')
  })

  it('takes any id that a provider may choose', async () => {
    const ids = ['x'.repeat(255), '\u0000', 'ü', '../..', "' OR 1=1--", 'a b', 'A', 'a']
    for (const id of ids) expect(await uses.claim(issuerA, id, EXPIRES)).toBe('claimed')
    for (const id of ids) expect(await uses.claim(issuerA, id, EXPIRES)).toBe('used')
  })

  it('is refused for a token that has expired, as its record would be forgotten at once', async () => {
    expect(await uses.claim(issuerA, 'jti-1', FIXED_NOW_SECONDS)).toBe('used')
  })

  it('cannot be decided while the store is away', async () => {
    await store.close()
    expect(await uses.claim(issuerA, 'jti-1', EXPIRES)).toBe('unavailable')
  })

  it('cannot be decided when the store takes longer than a second', async () => {
    step = () => {
      throw busy()
    }
    const startedMs = performance.now()
    expect(await uses.claim(issuerA, 'jti-1', EXPIRES)).toBe('unavailable')
    const tookMs = performance.now() - startedMs
    expect(tookMs).toBeGreaterThan(950)
    expect(tookMs).toBeLessThan(2_000)
    step = () => undefined
  })
})
