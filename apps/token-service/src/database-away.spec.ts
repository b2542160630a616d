import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anIdp, eventually, loseDatabase, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Neighbours } from './testing/neighbours.js'
import { exchangeForm, refusal, refusedAs, TokenServiceReplica } from './testing/running-token-service.js'

let nats: TestNatsServer
let neighbours: Neighbours
let folder: string
let replica: TokenServiceReplica
let bringBack: () => void

const metric = async (name: string): Promise<number> => {
  const { text } = await replica.get('/metrics')
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1])
}

const kid = (answer: { json: () => unknown }): unknown =>
  decodeProtectedHeader((answer.json() as { access_token: string }).access_token).kid

const readiness = async (): Promise<unknown> => {
  const answer = await replica.get('/readyz')
  return [answer.status, answer.json()]
}

/** The recorded decisions of a request, asked for by an administrator of the organization. */
const recorded = async (requestId: unknown) =>
  replica.get(`/v1/orgs/t1/audit?requestId=${String(requestId)}`, { bearer: await replica.adminToken() })

const untilReadinessIs = (expected: unknown) =>
  eventually(
    async () => {
      expect(await readiness()).toEqual(expected)
    },
    { withinMs: 15_000, everyMs: 50 },
  )

beforeAll(async () => {
  nats = await startNatsServer()
  neighbours = await Neighbours.start(nats.url)
  folder = await mkdtemp(join(tmpdir(), 'cambio-token-service-'))
  replica = await TokenServiceReplica.start(folder, nats.url)
  await replica.ready()
})

afterAll(async () => {
  await replica.service.stop()
  await neighbours.stop()
  await nats.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a token service whose database is away (RS-05)', () => {
  let whileAway: unknown

  it('issues tokens as before, says what it lacks and stays ready', async () => {
    const before = kid(await replica.token(exchangeForm()))
    expect(await readiness()).toEqual([200, { status: 'ready' }])
    expect(await metric('cambio_database_open')).toBe(1)
    bringBack = loseDatabase(join(folder, 'token-service.db'))
    await untilReadinessIs([200, { status: 'ready', degraded: ['database'] }])
    expect(await metric('cambio_database_open')).toBe(0)
    const answer = await replica.token(exchangeForm())
    expect([answer.status, kid(answer)]).toEqual([200, before])
    whileAway = answer.headers['x-request-id']
    expect(replica.logged()).toContain('the database cannot be used; going on without it and trying again')
  })

  it('keeps its decisions in memory, and answers 503 only where the database itself is asked', async () => {
    await eventually(async () => {
      expect(await metric('cambio_decisions_waiting')).toBeGreaterThan(0)
    })
    expect(await metric('cambio_decisions_dropped')).toBe(0)
    const asked = await recorded(whileAway)
    expect([asked.status, asked.headers['content-type'], asked.headers['retry-after']]).toEqual([503, 'application/problem+json', '5'])
    expect(asked.json()).toEqual({
      type: 'urn:cambio:problem:unavailable',
      title: 'The request cannot be served at the moment',
      status: 503,
      code: 'unavailable',
    })
    await replica.has(await neighbours.put('identity-providers', anIdp({ singleUse: true })))
    expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('temporarily_unavailable'))
    await replica.has(await neighbours.put('identity-providers', anIdp()))
    expect((await replica.token(exchangeForm())).status).toBe(200)
  })

  it('starts without it and without NATS, with the same key, from its replica file', async () => {
    const before = kid(await replica.token(exchangeForm()))
    await replica.service.stop()
    replica = await TokenServiceReplica.start(folder, 'nats://127.0.0.1:1')
    await untilReadinessIs([200, { status: 'ready', degraded: ['database'] }])
    const answer = await replica.token(exchangeForm())
    expect([answer.status, kid(answer)]).toEqual([200, before])
    whileAway = answer.headers['x-request-id']
  })

  it('records what it decided meanwhile, as soon as the database is back', async () => {
    bringBack()
    await untilReadinessIs([200, { status: 'ready' }])
    await eventually(async () => {
      const found = await recorded(whileAway)
      expect([found.status, (found.json() as { items?: unknown[] }).items]).toMatchObject([200, [{ outcome: 'issued' }]])
    })
    await eventually(async () => {
      expect(await metric('cambio_decisions_waiting')).toBe(0)
    })
    expect(await metric('cambio_database_open')).toBe(1)
  })
})
