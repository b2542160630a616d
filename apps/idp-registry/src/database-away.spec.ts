import { join } from 'node:path'
import { eventually, hostileIdp, type HostileIdp, loseDatabase, TEST_AUDIENCE } from '@cambio/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { aProblem, RunningRegistry } from './testing/running-registry.js'

let registry: RunningRegistry
let idp: HostileIdp

beforeAll(async () => {
  registry = await RunningRegistry.start()
  idp = await hostileIdp()
})
afterAll(async () => {
  await registry.stop()
  await idp.stop()
})

const untilReadinessIs = (expected: unknown) =>
  eventually(
    async () => {
      expect((await registry.get('/readyz', { as: 'nobody' })).json()).toEqual(expected)
    },
    { withinMs: 15_000, everyMs: 50 },
  )

it('answers 503 while its database is away, and goes on by itself when it is back (RS-05)', async () => {
  const creation = { name: 'first', wellKnownUrl: idp.wellKnownUrl, allowedAudiences: [TEST_AUDIENCE] }
  expect((await registry.post(registry.path(), creation)).status).toBe(201)
  const bringBack = loseDatabase(join(registry.dataDirectory, 'idp-registry.db'))
  await untilReadinessIs({ status: 'not_ready', missing: ['database'] })

  for (const answer of [
    await registry.post(registry.path(), { ...creation, name: 'second' }),
    await registry.patch(registry.path('/first'), { description: 'changed' }),
    await registry.get(registry.path('/first')),
  ]) {
    expect(answer.status).toBe(503)
    expect(answer.json()).toEqual(aProblem(503, 'unavailable'))
    expect(answer.headers['retry-after']).toBe('2')
  }
  expect((await registry.get('/metrics', { as: 'nobody' })).text).toMatch(/^cambio_database_open\{[^}]*\} 0$/m)
  expect((await registry.get('/healthz', { as: 'nobody' })).status).toBe(200)

  bringBack()
  await untilReadinessIs({ status: 'ready' })
  expect((await registry.patch(registry.path('/first'), { description: 'afterwards' })).json()).toMatchObject({ rev: 2 })
})
