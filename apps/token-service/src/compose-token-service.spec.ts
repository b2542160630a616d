import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApiProblems } from '@cambio/service-kit/openapi-testing'
import { openSqliteStore, type Store } from '@cambio/store'
import {
  anIdp,
  eventually,
  freePort,
  type HttpAnswer,
  IDS,
  secretScan,
  startNatsServer,
  TEST_CLIENT_SECRET,
  testKey,
  type TestNatsServer,
} from '@cambio/testing'
import { decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { freshKeySet, Neighbours } from './testing/neighbours.js'
import { aTokenNow, exchangeForm, refusal, refusedAs, RunningTokenService, TokenServiceReplica } from './testing/running-token-service.js'

describe('the token service', () => {
  let running: RunningTokenService
  beforeAll(async () => {
    running = await RunningTokenService.start()
  })
  afterAll(async () => running.stop())

  it('describes every route and every failure of it in OpenAPI 3.1', async () => {
    expect(await openApiProblems(running.replica.service.app)).toEqual([])
  })

  it('tells operators how many decisions wait to be recorded', async () => {
    await running.replica.token(exchangeForm())
    const { text } = await running.replica.get('/metrics')
    expect(text).toMatch(/^cambio_decisions_waiting(\{[^}]*\})? \d+$/m)
    expect(text).toMatch(/^cambio_decisions_dropped(\{[^}]*\})? 0$/m)
  })
})

describe('replicas and restarts', () => {
  let nats: TestNatsServer
  let neighbours: Neighbours
  let folder: string
  let replicas: TokenServiceReplica[]
  beforeEach(async () => {
    nats = await startNatsServer()
    neighbours = await Neighbours.start(nats.url)
    folder = await mkdtemp(join(tmpdir(), 'cambio-token-service-'))
    replicas = []
  })
  afterEach(async () => {
    for (const replica of replicas) await replica.service.stop()
    await neighbours.stop()
    await nats.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const sharedStore = async (): Promise<Store> => openSqliteStore({ file: join(folder, 'shared.db') })
  const start = async (name: string = randomUUID(), natsUrl = nats.url): Promise<TokenServiceReplica> => {
    const replica = await TokenServiceReplica.start(join(folder, name), natsUrl, await sharedStore())
    replicas.push(replica)
    return replica
  }
  const stop = async (replica: TokenServiceReplica): Promise<void> => {
    replicas.splice(replicas.indexOf(replica), 1)
    await replica.service.stop()
  }
  const kidOf = (answer: HttpAnswer): unknown => decodeProtectedHeader((answer.json() as { access_token: string }).access_token).kid

  it('that start together sign with one key, and each knows the single use of a token at the other (CA-13)', async () => {
    const pair = [await start(), await start()] as const
    for (const replica of pair) await replica.ready()
    const published = await neighbours.put('identity-providers', anIdp({ singleUse: true }))
    for (const replica of pair) await replica.has(published)

    const [first, second] = [await pair[0].token(exchangeForm()), await pair[1].token(exchangeForm())]
    expect([first.status, second.status]).toEqual([200, 200])
    expect(kidOf(first)).toBe(kidOf(second))
    expect((await pair[0].get('/oauth2/jwks')).text).toBe((await pair[1].get('/oauth2/jwks')).text)

    const form = exchangeForm()
    const answers = await Promise.all([...pair, ...pair, ...pair].map(async (replica) => replica.token(form)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers) if (answer.status !== 200) expect(refusal(answer)).toEqual(refusedAs('invalid_request'))
  })

  it('goes on without NATS, and starts again without it from its own disk', async () => {
    let replica = await start('kept')
    await replica.ready()
    const kid = kidOf(await replica.token(exchangeForm()))
    await nats.stop()
    expect((await replica.token(exchangeForm())).status).toBe(200)
    await stop(replica)
    replica = await start('kept')
    await replica.ready()
    const answer = await replica.token(exchangeForm())
    expect([answer.status, kidOf(answer)]).toEqual([200, kid])
    expect(refusal(await replica.token(exchangeForm(), { basic: ['app1', 'wrong'] }))).toEqual(refusedAs('invalid_client'))
  })

  it('decides nothing before it has the configuration: 503, and says in /readyz what is missing', async () => {
    const replica = await start('empty', `nats://127.0.0.1:${await freePort()}`)
    for (const basic of [
      ['app1', TEST_CLIENT_SECRET],
      ['nobody', 'x'],
    ] as const) {
      expect(refusal(await replica.token(exchangeForm(), { basic }))).toEqual(refusedAs('temporarily_unavailable'))
    }
    expect(refusal(await replica.token({ grant_type: 'password' }))).toEqual(refusedAs('unsupported_grant_type'))
    const readiness = await replica.get('/readyz')
    expect(readiness.status).toBe(503)
    for (const missing of ['applications', 'identity-providers', 'key-sets', 'organizations', 'apis', 'signing key']) {
      expect(readiness.text).toContain(missing)
    }
    expect((await replica.get('/healthz')).status).toBe(200)
    expect((await replica.get('/.well-known/oauth-authorization-server')).status).toBe(200)
  })

  it('issues tokens while its store is away, but for those of single use', async () => {
    const store = await sharedStore()
    const replica = await TokenServiceReplica.start(join(folder, 'storeless'), nats.url, store)
    replicas.push(replica)
    await replica.ready()
    await store.close()
    expect((await replica.token(exchangeForm())).status).toBe(200)
    await replica.has(await neighbours.put('identity-providers', anIdp({ singleUse: true })))
    expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('temporarily_unavailable'))
    await eventually(() => {
      expect(replica.logged()).toContain('decisions cannot be recorded and wait in memory')
    })
    expect((await replica.get('/readyz')).status).toBe(200)
  })

  it('exchanges at once what is signed by a key that is brand-new, and asks the registry once (JW-08)', async () => {
    const replica = await start()
    await replica.ready()
    const newKey = testKey('ES256', { name: 'a2' })
    neighbours.registry.answer = async ({ org, identityProvider }) => {
      const { rev } = await neighbours.put('key-sets', freshKeySet([newKey]))
      return { ok: true, value: { outcome: 'refreshed', entry: { v: 1, id: identityProvider, org, rev, value: freshKeySet([newKey]) } } }
    }
    expect((await replica.token(exchangeForm({ subject_token: aTokenNow({ key: newKey }) }))).status).toBe(200)
    expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('invalid_request'))
    expect(neighbours.registry.questions).toHaveLength(1)
  })

  it('ends with every decision recorded and nothing to complain of', async () => {
    const replica = await start()
    await replica.ready()
    const started = replica.logged().length
    const answers = await Promise.all(Array.from({ length: 20 }, async () => replica.token(exchangeForm())))
    await stop(replica)
    const store = await sharedStore()
    const page = await store.audit().page(IDS.organization, { limit: 100 })
    await store.close()
    const recorded = page.ok ? page.value.items.map(({ requestId }) => requestId) : []
    expect(recorded.sort()).toEqual(answers.map(({ headers }) => headers['x-request-id']).sort())
    const complaints = replica
      .logged()
      .slice(started)
      .split('\n')
      .filter((line) => /"level":"(?:warn|error)"/.test(line))
    expect(complaints).toEqual([])
  })

  it('makes its first signing key as soon as the store takes it', async () => {
    let isFull = true
    const store = await openSqliteStore({
      file: ':memory:',
      step: () => {
        if (isFull) throw Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13, errstr: 'database or disk is full' })
      },
    })
    const replica = await TokenServiceReplica.start(join(folder, 'full'), nats.url, store)
    replicas.push(replica)
    await eventually(() => {
      expect(replica.logged()).toContain('whether there is a signing key cannot be seen')
    })
    expect((await replica.get('/readyz')).text).toContain('signing key')
    expect((await replica.get('/oauth2/jwks')).json()).toEqual({ keys: [] })
    expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('temporarily_unavailable'))
    isFull = false
    await replica.ready()
    expect((await replica.token(exchangeForm())).status).toBe(200)
  })

  it('keeps its private key out of everything that leaves it: messages, logs, answers, its disk', async () => {
    const replica = await start('secretive')
    await replica.ready()
    await replica.token(exchangeForm())
    const files = await Promise.all(
      ['shared.db', 'shared.db-wal', 'secretive/token-service/replica.db', 'secretive/token-service/replica.db-wal'].map(async (name) =>
        readFile(join(folder, name), 'latin1').catch(() => ''),
      ),
    )
    const text = [...files, replica.logged(), (await replica.get('/oauth2/jwks')).text].join('\n')
    expect(text).toContain('encryptedPrivateKey')
    expect(text).not.toMatch(/"d":/)
    expect(secretScan(text, [TEST_CLIENT_SECRET])).toEqual([])
  })
})
