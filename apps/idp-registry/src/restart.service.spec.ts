import { keyB } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { RunningRegistry } from './testing/running-registry.js'

let registry: RunningRegistry

beforeAll(async () => {
  registry = await RunningRegistry.start()
})
afterAll(() => registry.stop())

describe('a second start', () => {
  it('finds its data, and serves it with NATS away from what the replicas left on the disk (RS-08)', async () => {
    const body = { name: 'kept', issuer: 'https://kept.example', jwks: { keys: [keyB().publicJwk] }, allowedAudiences: ['a'] }
    const created = (await registry.post(registry.path(), body)).json()
    await registry.nats.kill()
    await registry.restart()
    expect((await registry.get(registry.path('/kept'))).json()).toEqual(created)
    expect((await registry.get('/readyz', { as: 'nobody' })).json()).toEqual({ status: 'ready' })
  })
})
