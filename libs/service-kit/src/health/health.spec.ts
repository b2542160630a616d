import { httpRequest } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type SampleService, startSample } from '../testing/sample-service.js'
import { Metrics } from './metrics.js'
import { Readiness } from './readiness.js'

describe('readiness', () => {
  it('names everything that is missing, once and in order', async () => {
    const readiness = new Readiness()
    readiness.register({ name: 'store', missing: () => ['store'] })
    readiness.register({ name: 'feed', missing: () => Promise.resolve(['feed:apis', 'store']) })
    readiness.register({ name: 'fine', missing: () => [] })
    expect(await readiness.missing()).toEqual(['feed:apis', 'store'])
  })

  it('takes a check that fails, by exception or by silence, as missing', async () => {
    const readiness = new Readiness()
    readiness.register({
      name: 'throws',
      missing: () => {
        throw new Error('cannot tell')
      },
    })
    readiness.register({ name: 'rejects', missing: () => Promise.reject(new Error('cannot tell')) })
    readiness.register({ name: 'hangs', missing: () => new Promise(() => undefined) })
    expect(await readiness.missing()).toEqual(['hangs', 'rejects', 'throws'])
  })
})

describe('what operators ask of a service', () => {
  let service: SampleService
  beforeEach(async () => {
    service = await startSample()
  })
  afterEach(async () => {
    await service.stop()
  })
  const get = (path: string) => httpRequest(`${service.url}${path}`)

  it('is alive while it is not ready, and says what is missing', async () => {
    const missing = ['feed:organizations']
    service.readiness.register({ name: 'feed', missing: () => missing })
    const notReady = await get('/readyz')
    expect([notReady.status, notReady.headers['retry-after']]).toEqual([503, '1'])
    expect(notReady.json()).toEqual({ status: 'not_ready', missing: ['feed:organizations'] })
    const alive = await get('/healthz')
    expect([alive.status, alive.json()]).toEqual([200, { status: 'alive' }])
    missing.pop()
    const ready = await get('/readyz')
    expect([ready.status, ready.json()]).toEqual([200, { status: 'ready' }])
  })

  it('is ready without what it can mostly do without, and names it', async () => {
    service.readiness.register({ name: 'database', isVital: false, missing: () => Promise.reject(new Error('away')) })
    const degraded = await get('/readyz')
    expect([degraded.status, degraded.json()]).toEqual([200, { status: 'ready', degraded: ['database'] }])
    service.readiness.register({ name: 'feed', missing: () => ['feed:apis'] })
    expect((await get('/readyz')).json()).toEqual({ status: 'not_ready', missing: ['feed:apis'] })
  })

  it('counts requests by the template of their route, never by their address', async () => {
    await get('/v1/orgs/some-organization/things/thing-99')
    await get('/some-unknown-address')
    const metrics = service.app.get(Metrics, { strict: false })
    metrics.labelled('cambio_test_entries', 'For this test.', ['kind'], () => [{ labels: { kind: 'apis' }, value: 4 }])
    const answer = await get('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.text).toContain('service="idp-registry",method="GET",route="/v1/orgs/:org/things/:id",status="401"} 1')
    expect(answer.text).toMatch(/route="\(none\)",status="404"/)
    expect(answer.text).not.toContain('some-')
    expect(answer.text).toContain('cambio_test_entries{kind="apis",service="idp-registry"} 4')
    expect(answer.text).toMatch(/cambio_build_info\{version="0\.0\.0",node="v24[^"]*",service="idp-registry"\} 1/)
    expect(answer.text).toContain('nodejs_eventloop_lag_seconds')
  })
})
