import { type AdminClientValue } from '@cambio/contracts'
import { FIXED_NOW_MS, httpRequest, type HttpRequestOptions, IDS, secretScan } from '@cambio/testing'
import { afterEach, describe, expect, it } from 'vitest'

import { anAdminToken } from '../testing/admin-tokens.js'
import { aTrust, OTHER_ORGANIZATION, type SampleService, startSample } from '../testing/sample-service.js'

describe('the audit of changes by administrators (AD-19)', () => {
  let service: SampleService
  afterEach(async () => {
    await service.stop()
  })

  const start = async (client: Partial<AdminClientValue> & { org?: string } = {}) => {
    service = await startSample({ trust: aTrust(client) })
  }
  const send = (method: string, path: string, options: HttpRequestOptions = {}) =>
    httpRequest(`${service.url}${path}`, { method, bearer: anAdminToken(), ...options })
  const make = (options: HttpRequestOptions = {}) => send('POST', '/v1/orgs/t1/things', { json: { name: 'a' }, ...options })
  const anonymous = async () => (await send('GET', '/metrics')).text.split('\n').filter((line) => line.startsWith('cambio_anonymous_'))

  it('has who made a change, on what, and its outcome, under the request’s id', async () => {
    await start()
    const answer = await make()
    expect(service.mutations.records).toEqual([
      {
        id: expect.any(String) as string,
        org: IDS.organization,
        at: new Date(FIXED_NOW_MS),
        requestId: answer.headers['x-request-id'],
        clientId: 'admin-1',
        action: 'thing.create',
        outcome: 'done',
        detail: { status: 201, target: { org: 't1' }, id: 'thing-1', rev: 1 },
      },
    ])
  })

  it('has the parts of the address, and the revision that a change led to', async () => {
    await start()
    await make()
    await send('PATCH', '/v1/orgs/t1/things/thing-1', { json: { size: 2 } })
    await send('DELETE', '/v1/orgs/t1/things/thing-1')
    expect(service.mutations.records.slice(1)).toMatchObject([
      { action: 'thing.change', detail: { status: 200, target: { org: 't1', id: 'thing-1' }, id: 'thing-1', rev: 2 } },
      { action: 'thing.delete', outcome: 'done', detail: { status: 204, target: { org: 't1', id: 'thing-1' } } },
    ])
  })

  it('has nothing of reads', async () => {
    await start()
    await send('GET', '/v1/orgs/t1/things')
    await send('HEAD', '/v1/orgs/t1/things')
    await send('GET', '/v1/orgs/t1/things/thing-9')
    expect(service.mutations.records).toEqual([])
  })

  it('has what a schema, a use case and a condition refused, and no resource with it', async () => {
    await start()
    await make({ json: { name: '' } })
    await make()
    await make()
    await send('DELETE', '/v1/orgs/t1/things/thing-1', { headers: { 'if-match': '"9"' } })
    await send('DELETE', '/v1/orgs/t1/things/thing-9')
    expect(service.mutations.records.map(({ outcome, detail }) => [outcome, detail])).toEqual([
      ['invalid_content', { status: 422, target: { org: 't1' } }],
      ['done', { status: 201, target: { org: 't1' }, id: 'thing-1', rev: 1 }],
      ['name_exists', { status: 409, target: { org: 't1' } }],
      ['stale_revision', { status: 412, target: { org: 't1', id: 'thing-1' } }],
      ['not_found', { status: 404, target: { org: 't1', id: 'thing-9' } }],
    ])
  })

  it('has a known caller that the guard refused, in the log of the organization to which it has access', async () => {
    await start({ role: 'viewer' })
    await send('DELETE', '/v1/orgs/t1/things/thing-1')
    expect(service.mutations.records).toMatchObject([
      {
        org: IDS.organization,
        clientId: 'admin-1',
        action: 'thing.delete',
        outcome: 'insufficient_scope',
        detail: { status: 403, target: { org: 't1', id: 'thing-1' } },
      },
    ])
  })

  it('has an attempt on a foreign or unknown organization in the caller’s own log', async () => {
    await start({ org: OTHER_ORGANIZATION })
    await send('DELETE', '/v1/orgs/t1/things/thing-1')
    await send('DELETE', '/v1/orgs/nowhere/things/thing-1')
    expect(service.mutations.records).toMatchObject([
      { org: OTHER_ORGANIZATION, clientId: 'admin-1', outcome: 'not_found', detail: { target: { org: 't1' } } },
      { org: OTHER_ORGANIZATION, clientId: 'admin-1', outcome: 'not_found', detail: { target: { org: 'nowhere' } } },
    ])
  })

  it('has what a platform administrator does with the organization of the address, or else with the platform', async () => {
    await start({ role: 'platform' })
    await make()
    await send('DELETE', '/v1/orgs/nowhere/things/thing-1')
    expect(service.mutations.records).toMatchObject([
      { org: IDS.organization, outcome: 'done' },
      { org: 'platform', outcome: 'not_found' },
    ])
  })

  it('has a repeated request as one that changed nothing anew (AD-17)', async () => {
    await start()
    await make({ headers: { 'idempotency-key': 'k' } })
    await make({ headers: { 'idempotency-key': 'k' } })
    const detail = { status: 201, target: { org: 't1' }, id: 'thing-1', rev: 1 }
    expect(service.mutations.records.map((record) => record.detail)).toEqual([detail, { ...detail, replayed: true }])
  })

  it('has no record of nobody, so that strangers cannot fill it, but counts them and says them in the access log', async () => {
    await start()
    const path = '/v1/orgs/t1/things/thing-1'
    await httpRequest(`${service.url}${path}`, { method: 'DELETE' })
    await send('DELETE', path, { bearer: anAdminToken({ exp: 1 }) })
    await send('DELETE', path, { bearer: anAdminToken({ client_id: 'gone' }) })
    expect(service.mutations.records).toEqual([])
    expect(await anonymous()).toEqual(['cambio_anonymous_mutations_total{action="thing.delete",service="idp-registry"} 3'])
    expect(service.logged().match(/"route":"\/v1\/orgs\/:org\/things\/:id","status":401/g)).toHaveLength(3)
  })

  it('has no record of a body that is refused before anybody looks at the caller', async () => {
    await start()
    const headers = { 'content-type': 'application/json' }
    const answer = await send('POST', '/v1/orgs/t1/things', { body: '{', headers })
    expect(answer.json()).toMatchObject({ code: 'malformed_json' })
    expect(service.mutations.records).toEqual([])
    expect(await anonymous()).toEqual([])
  })

  it('has never a body, nothing long and nothing that looks like a secret', async () => {
    await start()
    const secret = `cmb_${'A'.repeat(40)}v5wfQg`
    const { status } = await make({ json: { name: 'text of a body' } })
    await send('DELETE', `/v1/orgs/t1/things/${secret}`)
    await send('DELETE', `/v1/orgs/t1/things/${'x'.repeat(110)}${secret}`)
    await send('DELETE', `/v1/orgs/t1/things/${'x'.repeat(250)}`)
    const recorded = JSON.stringify(service.mutations.records)
    expect(status).toBe(201)
    expect(recorded).not.toContain('text of a body')
    expect(secretScan(recorded, [secret])).toEqual([])
    expect(service.mutations.records.map(({ detail }) => detail.target['id'])).toEqual([
      undefined,
      '[secret]',
      `${'x'.repeat(110)}[secret]`,
      'x'.repeat(128),
    ])
  })

  it('does not take back an answer that cannot be recorded: the log says what is missing', async () => {
    await start()
    service.mutations.failure = new Error('the disk is full')
    const answer = await make()
    expect(answer.status).toBe(201)
    const line = service
      .logged()
      .split('\n')
      .find((text) => text.includes('a change could not be recorded'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'error',
      action: 'thing.create',
      clientId: 'admin-1',
      status: 201,
      requestId: answer.headers['x-request-id'],
      error: { message: 'the disk is full' },
    })
  })
})
