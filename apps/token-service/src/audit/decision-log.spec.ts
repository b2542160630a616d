import { PLATFORM } from '@cambio/contracts'
import { oauthFailure } from '@cambio/oauth'
import { type AuditEntry, openSqliteStore, type Store, type StoreStep, StoreUnavailable } from '@cambio/store'
import { anAdminClient, anApplication, eventually, FIXED_NOW, FIXED_NOW_MS, feedEntry, IDS } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { ClientsProjection } from '../directory/clients.projection.js'
import { MORE_IDS } from '../testing/exchange-world.js'
import { type DecisionRecord } from '../token-endpoint/decision-record.js'
import { DecisionLog } from './decision-log.js'

/** What SQLite throws when its disk is full. */
const diskFull = (): Error =>
  Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13, errstr: 'database or disk is full' })

const clients = new ClientsProjection()
clients.applyApplication(feedEntry('applications', anApplication()))
clients.applyAdminClient(feedEntry('admin-clients', anAdminClient(), { org: PLATFORM }))
const app1 = clients.byClientId('app1')!

let step: (at: StoreStep) => void
let store: Store
let states: string[]
let decisions: DecisionLog
beforeEach(async () => {
  step = () => undefined
  states = []
  store = await openSqliteStore({
    file: ':memory:',
    step: (at) => {
      step(at)
    },
  })
  decisions = new DecisionLog(store.audit(), {
    writer: 'token-service-1',
    onState: (state, error) =>
      states.push(error === undefined ? state : `${state}: ${error instanceof StoreUnavailable ? error.reason : 'other'}`),
    flushIntervalMs: 5,
  })
})
afterEach(async () => {
  await decisions.stop()
  await store.close()
})

let lastRequest = 0
const aRecord = (overrides: Partial<DecisionRecord> = {}): DecisionRecord => ({
  requestId: `request-${(lastRequest += 1)}`,
  atMs: FIXED_NOW_MS,
  client: app1,
  ...overrides,
})

async function recorded(org: string = IDS.organization): Promise<readonly AuditEntry[]> {
  const page = await store.audit().page(org, { limit: 500 })
  if (!page.ok) throw new Error(page.error.code)
  return page.value.items
}

describe('the record of a decision', () => {
  it('says of an issued token who got it, by which grant, for what, and its id', async () => {
    const detail = { identityProvider: IDS.identityProvider, audience: ['urn:t1:orders'], scopes: ['urn:t1:orders:read'] }
    decisions.add(aRecord({ requestId: 'r-1', grantType: 'client_credentials', detail, tokenId: 'jti-1' }), undefined)
    await decisions.flush()
    expect(await recorded()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        org: IDS.organization,
        at: new Date(FIXED_NOW),
        requestId: 'r-1',
        clientId: 'app1',
        outcome: 'issued',
        action: 'token.issue',
        detail: { grantType: 'client_credentials', ...detail, jti: 'jti-1' },
        writer: 'token-service-1',
        seq: 1,
      },
    ])
  })

  it('says of a refusal its precise reason and private detail', async () => {
    decisions.add(aRecord({ requestId: 'r-2' }), oauthFailure('target.not_subscribed', { detail: 'urn:t1:billing' }))
    await decisions.flush()
    const [entry] = await recorded()
    expect(entry).toMatchObject({ requestId: 'r-2', outcome: 'target.not_subscribed', detail: { refused: 'urn:t1:billing' } })
  })

  it('is kept with the client that the request claimed to be when it was not authenticated', async () => {
    decisions.add({ requestId: 'r-3', atMs: FIXED_NOW_MS, claimed: app1 }, oauthFailure('client.wrong_secret'))
    await decisions.flush()
    expect(await recorded()).toMatchObject([{ clientId: 'app1', outcome: 'client.wrong_secret' }])
  })

  it('belongs to the platform where nobody is known, or an administrator of the platform', async () => {
    decisions.add({ requestId: 'r-4', atMs: FIXED_NOW_MS }, oauthFailure('client.unknown'))
    decisions.add(aRecord({ client: clients.byClientId('admin-1')! }), undefined)
    await decisions.flush()
    expect(await recorded()).toEqual([])
    const ofPlatform = await recorded(PLATFORM)
    expect(ofPlatform.map(({ outcome, clientId }) => [outcome, clientId]).sort()).toEqual([
      ['client.unknown', undefined],
      ['issued', 'admin-1'],
    ])
  })
})

describe('writing decisions', () => {
  it('happens behind the answers, without being asked', async () => {
    decisions.start()
    decisions.add(aRecord(), undefined)
    expect(await recorded()).toEqual([])
    await eventually(async () => {
      expect(await recorded()).toHaveLength(1)
    })
    expect(decisions.status()).toEqual({ waiting: 0, dropped: 0 })
  })

  it('keeps one gap-free sequence for each organization, in the order of the decisions', async () => {
    const ofT2 = { ...app1, org: MORE_IDS.organizationT2 }
    for (let count = 0; count < 250; count += 1) {
      decisions.add(aRecord({ atMs: FIXED_NOW_MS + count }), undefined)
      decisions.add(aRecord({ atMs: FIXED_NOW_MS + count, client: ofT2 }), undefined)
    }
    await decisions.flush()
    for (const org of [IDS.organization, MORE_IDS.organizationT2]) {
      const entries = (await recorded(org)).toReversed()
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1))
      expect(entries.map(({ at }) => at.getTime() - FIXED_NOW_MS)).toEqual(Array.from({ length: 250 }, (_, index) => index))
    }
  })

  it('lets other work run between the batches', async () => {
    const batches: string[] = []
    step = (at) => {
      if (at === 'append.committed') batches.push('batch')
    }
    for (let count = 0; count < 450; count += 1) decisions.add(aRecord(), undefined)
    const tick = (): void => {
      batches.push('other work')
      if (decisions.status().waiting > 0) setImmediate(tick)
    }
    setImmediate(tick)
    await decisions.flush()
    expect(batches.join(' ').split('batch').slice(1, -1)).toHaveLength(4)
    expect(batches.join(' ')).not.toContain('batch batch')
  })

  it('ends with what waits being written', async () => {
    decisions.add(aRecord(), undefined)
    const underWay = decisions.flush()
    decisions.add(aRecord(), undefined)
    await decisions.stop()
    await underWay
    expect(await recorded()).toHaveLength(2)
  })
})

describe('while the store is away', () => {
  it('nothing blocks and nothing is lost; it is said once when it begins and once when it ends', async () => {
    step = () => {
      throw diskFull()
    }
    decisions.add(aRecord(), undefined)
    await decisions.flush()
    decisions.add(aRecord(), undefined)
    await decisions.flush()
    expect(decisions.status()).toEqual({ waiting: 2, dropped: 0 })
    expect(states).toEqual(['failing: database or disk is full'])
    step = () => undefined
    await decisions.flush()
    expect(decisions.status()).toEqual({ waiting: 0, dropped: 0 })
    expect(states).toEqual(['failing: database or disk is full', 'writing'])
    expect(await recorded()).toHaveLength(2)
  })

  it('a batch whose outcome is not known is tried again under its id, and written once', async () => {
    step = (at) => {
      if (at === 'append.committed') throw diskFull()
    }
    decisions.add(aRecord(), undefined)
    await decisions.flush()
    expect([decisions.status().waiting, await recorded()]).toMatchObject([1, [{ seq: 1 }]])
    step = () => undefined
    decisions.add(aRecord(), undefined)
    await decisions.flush()
    expect((await recorded()).map(({ seq }) => seq).sort()).toEqual([1, 2])
    expect(decisions.status()).toEqual({ waiting: 0, dropped: 0 })
  })

  it('at most 50,000 wait; what comes then is dropped and counted', async () => {
    await store.close()
    const record = aRecord()
    for (let count = 0; count < 50_003; count += 1) decisions.add(record, undefined)
    expect(decisions.status()).toEqual({ waiting: 50_000, dropped: 3 })
    await decisions.flush()
    expect(decisions.status()).toEqual({ waiting: 50_000, dropped: 3 })
    expect(states).toEqual(['failing: it is closed'])
  })
})
