import { anAdminClient, feedEntry, httpRequest, type HttpRequestOptions } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { anAdminToken } from '../testing/admin-tokens.js'
import { aTrust, type SampleService, startSample } from '../testing/sample-service.js'

describe('a resource over HTTP', () => {
  let service: SampleService
  beforeEach(async () => {
    service = await startSample()
  })
  afterEach(async () => {
    await service.stop()
  })

  const send = (method: string, path: string, options: HttpRequestOptions = {}) =>
    httpRequest(`${service.url}/v1/orgs/t1/things${path}`, { method, bearer: anAdminToken(), ...options })

  const aThing = { id: 'thing-1', rev: 1, createdAt: '2026-11-01T10:00:00.000Z', updatedAt: '2026-11-01T10:00:00.000Z', name: 'a' }

  it('is made, read, listed, changed and deleted', async () => {
    const made = await send('POST', '', { json: { name: 'a' } })
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"', location: '/v1/orgs/t1/things/thing-1' } })
    expect(made.json()).toEqual(aThing)
    expect((await send('GET', '/thing-1')).json()).toEqual(aThing)
    expect((await send('GET', '?limit=5')).json()).toEqual({ items: [aThing], nextCursor: null })
    const patched = await send('PATCH', '/thing-1', { json: { size: 4 } })
    expect(patched.headers['etag']).toBe('"2"')
    expect(patched.json()).toEqual({ ...aThing, rev: 2, size: 4 })
    const removed = await send('DELETE', '/thing-1')
    expect(removed).toMatchObject({ status: 204, text: '' })
    expect((await send('GET', '/thing-1')).status).toBe(404)
  })

  it('takes merge patches by their own media type, on PATCH only', async () => {
    await send('POST', '', { json: { name: 'a', size: 4 } })
    const headers = { 'content-type': 'application/merge-patch+json' }
    const patched = await send('PATCH', '/thing-1', { body: '{"size":null}', headers })
    expect(patched.json()).toEqual({ ...aThing, rev: 2 })
    expect((await send('POST', '', { body: '{"name":"b"}', headers })).json()).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
  })

  it('refuses a patch whose result is not valid', async () => {
    await send('POST', '', { json: { name: 'a' } })
    const refused = await send('PATCH', '/thing-1', { json: { name: '' } })
    expect(refused).toMatchObject({ status: 422 })
    expect((await send('GET', '/thing-1')).json()).toEqual(aThing)
  })

  it('refuses a stale If-Match and changes nothing (AD-16)', async () => {
    await send('POST', '', { json: { name: 'a' } })
    for (const method of ['PATCH', 'DELETE']) {
      const refused = await send(method, '/thing-1', {
        ...(method === 'PATCH' ? { json: { size: 1 } } : {}),
        headers: { 'if-match': '"9"' },
      })
      expect(refused.status).toBe(412)
      expect(refused.json()).toEqual({
        type: 'urn:cambio:problem:stale_revision',
        title: 'The resource has another revision than If-Match says',
        status: 412,
        code: 'stale_revision',
      })
    }
    expect((await send('GET', '/thing-1')).json()).toEqual(aThing)
    expect((await send('PATCH', '/thing-1', { json: { size: 1 }, headers: { 'if-match': '"1"' } })).status).toBe(200)
  })

  it('refuses a malformed If-Match', async () => {
    await send('POST', '', { json: { name: 'a' } })
    const refused = await send('DELETE', '/thing-1', { headers: { 'if-match': '1' } })
    expect(refused.json()).toEqual({
      type: 'urn:cambio:problem:malformed_header',
      title: 'A header cannot be read',
      status: 400,
      code: 'malformed_header',
      detail: 'If-Match must be * or a list of entity tags.',
    })
  })

  it('tells a conflict with its own members', async () => {
    await send('POST', '', { json: { name: 'a' } })
    expect((await send('POST', '', { json: { name: 'a' } })).json()).toEqual({
      type: 'urn:cambio:problem:name_exists',
      title: 'The name is taken',
      status: 409,
      code: 'name_exists',
      detail: 'Another thing has this name.',
      other: 'thing-1',
    })
  })

  describe('made with an Idempotency-Key', () => {
    const make = (key: string, json: object = { name: 'a' }, options: HttpRequestOptions = {}) =>
      send('POST', '', { json, headers: { 'idempotency-key': key }, ...options })

    it('is made once, and the same answer is given again (AD-17)', async () => {
      const first = await make('key-1')
      const second = await make('key-1')
      expect([first.status, second.status]).toEqual([201, 201])
      expect(second.text).toBe(first.text)
      expect(second.headers).toMatchObject({ etag: '"1"', location: '/v1/orgs/t1/things/thing-1', 'idempotency-replayed': 'true' })
      expect((await send('GET', '')).json()).toEqual({ items: [aThing], nextCursor: null })
    })

    it('refuses the same key for another body', async () => {
      await make('key-1')
      const refused = await make('key-1', { name: 'b' })
      expect(refused).toMatchObject({ status: 422 })
      expect(refused.json()).toMatchObject({ code: 'idempotency_key_reused' })
    })

    it('says that the first request is still at work', async () => {
      await make('key-1')
      for (const record of service.idempotency.records.values()) delete record.answer
      const refused = await make('key-1')
      expect(refused.json()).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
      expect(refused.headers['retry-after']).toBe('1')
    })

    it('gives a refused request another chance under the same key', async () => {
      expect((await make('key-1', { name: '' })).status).toBe(422)
      expect((await make('key-1', { name: 'a' })).status).toBe(201)
    })

    it('keeps keys of different callers apart', async () => {
      const trust = aTrust()
      trust.applyAdminClient(feedEntry('admin-clients', anAdminClient({ clientId: 'admin-2' }), { id: 'adm_2' }))
      const shared = await startSample({ trust })
      const url = `${shared.url}/v1/orgs/t1/things`
      const options = { json: { name: 'a' }, headers: { 'idempotency-key': 'key-1' } }
      const first = await httpRequest(url, { ...options, bearer: anAdminToken() })
      const second = await httpRequest(url, { ...options, bearer: anAdminToken({ client_id: 'admin-2' }) })
      await shared.stop()
      expect(first.status).toBe(201)
      expect(second.json()).toMatchObject({ status: 409, code: 'name_exists' })
    })

    it('keeps neither the key nor the answer in the clear', async () => {
      await make('an-idempotency-key', { name: 'secret-shown-once' })
      const [key, record] = [...service.idempotency.records][0]!
      const stored = `${key} ${record.fingerprint} ${Buffer.from(record.answer!).toString('latin1')}`
      expect(stored).not.toContain('an-idempotency-key')
      expect(stored).not.toContain('secret-shown-once')
    })

    it.each(['', 'with space', 'ü', 'x'.repeat(256)])('refuses the key %j', async (key) => {
      const refused = await make(key)
      expect(refused.json()).toMatchObject({ status: 400, code: 'malformed_header' })
    })
  })
})
