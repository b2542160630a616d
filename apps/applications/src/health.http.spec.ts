import { AppliedProbe, ProcessPresence } from '@cambio/messaging'
import { eventually } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { refusalOf, RunningApplications, type TestCaller } from './testing/running-applications.js'

describe('the health of an application and of an API', () => {
  let running: RunningApplications
  let as: TestCaller
  let application: { readonly id: string }
  let api: { readonly id: string }

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: as } = await running.organization('t1'))
    application = await running.expecting(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: 'shop' } })
    api = await running.expecting(201, 'POST', '/v1/orgs/t1/apis', {
      as,
      json: { name: 'Orders', handle: 'orders', context: 'orders', version: 'v1' },
    })
  })

  afterAll(async () => {
    await running.stop()
  })

  const health = async (path: string): Promise<unknown> => running.expecting(200, 'GET', `/v1/orgs/t1/${path}/health`, { as })

  it('tells on how many replicas the newest revision is applied, and how many are silent', async () => {
    const { link } = running.neighbours
    const kinds = ['applications', 'apis'] as const
    const replicas = await Promise.all(kinds.map(async (kind) => running.neighbours.follow(kind)))
    const parts = ['one', 'two'].map((replica) => ({
      probe: new AppliedProbe({ link, service: 'token-service', replica, replicas }),
      presence: new ProcessPresence({ link, presence: { service: 'token-service', replica, kinds: [...kinds] } }),
    }))
    for (const { probe, presence } of parts) {
      probe.start()
      presence.start()
    }
    await eventually(async () => {
      expect(await health('applications/shop')).toEqual({
        application: { id: application.id, name: 'shop', rev: 1 },
        applied: { replicas: 2, current: 2, silent: 0 },
      })
    })
    parts[1]?.probe.stop()
    await running.expecting(200, 'PATCH', '/v1/orgs/t1/apis/orders', { as, json: { name: 'All orders' } })
    await eventually(async () => {
      expect(await health(`apis/${api.id}`)).toEqual({
        api: { id: api.id, name: 'All orders', handle: 'orders', rev: 2, status: 'CREATED' },
        applied: { replicas: 2, current: 1, silent: 1 },
      })
    })
    parts[1]?.presence.stop()
    await eventually(async () => {
      expect(await health('apis/orders')).toMatchObject({ applied: { replicas: 1, current: 1, silent: 0 } })
    })
    parts[0]?.probe.stop()
    parts[0]?.presence.stop()
  })

  it('is within the reach of whoever may read the resource, and of nobody else', async () => {
    const developer = await running.adminClient('/v1/orgs/t1', 'developer', [application.id])
    await running.expecting(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: 'hidden' } })
    await running.expecting(200, 'GET', '/v1/orgs/t1/applications/shop/health', { as: developer })
    await running.expecting(200, 'GET', '/v1/orgs/t1/apis/orders/health', { as: developer })
    for (const path of ['applications/hidden', 'applications/never', 'apis/never']) {
      expect(refusalOf(await running.call('GET', `/v1/orgs/t1/${path}/health`, { as: developer }))).toEqual(
        refusalOf(await running.call('GET', `/v1/orgs/t1/${path}`, { as: developer })),
      )
    }
    expect(refusalOf(await running.call('POST', '/v1/orgs/t1/apis/orders/health', { as }))).toMatchObject({ status: 405 })
    expect((await running.call('GET', '/v1/orgs/t1/apis/orders/health', { as: 'nobody' })).status).toBe(401)
  })

  it('says that nothing is known while there is no connection to NATS', async () => {
    await running.nats.kill()
    await eventually(async () => {
      expect(await health('apis/orders')).toMatchObject({ applied: null })
    })
    await running.nats.restart()
  })
})
