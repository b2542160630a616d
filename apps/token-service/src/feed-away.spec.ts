import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anIdp, eventually, startNatsServer, startTcpProxy, type TcpProxy, type TestNatsServer } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Neighbours } from './testing/neighbours.js'
import { exchangeForm, refusal, refusedAs, TokenServiceReplica } from './testing/running-token-service.js'

let nats: TestNatsServer
let proxy: TcpProxy
let neighbours: Neighbours
let folder: string
let replica: TokenServiceReplica

beforeAll(async () => {
  nats = await startNatsServer()
  proxy = await startTcpProxy(nats.port)
  neighbours = await Neighbours.start(nats.url)
  folder = await mkdtemp(join(tmpdir(), 'cambio-token-service-'))
  const environment = { CAMBIO_MAX_STALENESS_SECONDS: '10' }
  replica = await TokenServiceReplica.start(folder, `nats://127.0.0.1:${proxy.port}`, undefined, environment)
  await replica.ready()
})

afterAll(async () => {
  await replica.service.stop()
  await neighbours.stop()
  await proxy.stop()
  await nats.stop()
  await rm(folder, { recursive: true, force: true })
})

const metric = async (name: string): Promise<number> =>
  Number(((await replica.get('/metrics')).text.split(`${name} `)[1] ?? '').split('\n')[0])

describe('a token service that is cut off from NATS while an identity provider is disabled (EV-07)', () => {
  it('serves its last state, tells its age, and refuses once that is too old', async () => {
    expect((await replica.token(exchangeForm())).status).toBe(200)
    proxy.become('cut')
    await neighbours.put('identity-providers', anIdp({ enabled: false }))
    await eventually(async () => {
      expect(await metric('cambio_nats_connected{service="token-service"}')).toBe(0)
    })
    expect((await replica.token(exchangeForm())).status).toBe(200)
    await eventually(
      async () => {
        expect(await metric('cambio_replica_age_seconds{kind="identity-providers",service="token-service"}')).toBeGreaterThan(10)
      },
      { withinMs: 20_000, everyMs: 100 },
    )
    await eventually(async () => {
      const ready = await replica.get('/readyz')
      expect(ready.status).toBe(503)
      expect((ready.json() as { missing: string[] }).missing).toContain('identity-providers are older than 10 s')
      expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('temporarily_unavailable'))
    })
    expect((await replica.get('/healthz')).status).toBe(200)
  }, 40_000)

  it('is ready again when NATS is back, and knows then what it missed', async () => {
    proxy.become('forward')
    await eventually(
      async () => {
        expect(refusal(await replica.token(exchangeForm()))).toEqual(refusedAs('invalid_request'))
      },
      { withinMs: 5_000 },
    )
    await replica.ready()
    await neighbours.put('identity-providers', anIdp())
    await eventually(async () => {
      expect((await replica.token(exchangeForm())).status).toBe(200)
    })
  }, 40_000)
})
