import { httpRequest, rawHttp } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type SampleService, startSample } from '../testing/sample-service.js'
import { Admission } from './admission.js'

/** Takes every place, as requests do that do not end. Gives them back. */
function fill(admission: Admission): () => void {
  let taken = 0
  while (admission.enter()) taken += 1
  return () => {
    for (let index = 0; index < taken; index += 1) admission.leave()
  }
}

describe('a service with more requests than it can compute (RS-14)', () => {
  const admission = new Admission({ targetMs: 10 })
  let service: SampleService
  let giveBack: () => void
  beforeAll(async () => {
    service = await startSample({
      admission,
      renderers: [
        {
          pathPrefix: '/oauth2/',
          render: ({ code }) => ({ status: 503, headers: { 'content-type': 'application/json' }, body: { error: code } }),
        },
      ],
    })
    giveBack = fill(admission)
  })
  afterAll(async () => {
    await service.stop()
  })

  it('refuses with 503, Retry-After and a problem document, as every answer of it looks', async () => {
    const { status, headers, text } = await httpRequest(`${service.url}/v1/keys`)
    expect([status, JSON.parse(text)]).toEqual([
      503,
      { type: 'urn:cambio:problem:unavailable', title: 'The request cannot be served at the moment', status: 503, code: 'unavailable' },
    ])
    expect(headers).toMatchObject({
      'retry-after': '5',
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/) as unknown,
    })
  })

  it('speaks the vocabulary of the address', async () => {
    const { status, headers, text } = await httpRequest(`${service.url}/oauth2/token?x=1`, { form: { a: 'b' } })
    expect([status, headers['retry-after'], headers['content-type'], text]).toEqual([
      503,
      '5',
      'application/json',
      '{"error":"unavailable"}',
    ])
  })

  it('answers whoever watches it', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/healthz?probe=1']) {
      expect([path, (await httpRequest(service.url + path)).status]).toEqual([path, 200])
    }
    const { text } = await httpRequest(`${service.url}/metrics`)
    expect(text).toMatch(/^cambio_requests_shed\{[^}]*\} [1-9]\d*$/m)
    expect(text).toMatch(/^cambio_requests_limit\{[^}]*\} 32$/m)
    for (const path of ['/healthzz', '/healthz/', '/v1/healthz']) expect((await httpRequest(service.url + path)).status).toBe(503)
  })

  it('waits for no body before it refuses, and reads no large one', async () => {
    const { text, closedAfterMs } = await rawHttp(
      service.port,
      'POST /v1/orgs/t1/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n{',
      { withinMs: 4_000 },
    )
    expect(text).toMatch(/^HTTP\/1\.1 503 /)
    expect(closedAfterMs).not.toBeNull()
  })

  it('serves again as soon as there is room, and loses no place to callers that hang up', async () => {
    giveBack()
    for (let index = 0; index < 5; index += 1) {
      await rawHttp(
        service.port,
        'POST /v1/orgs/t1/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
        { withinMs: 50 },
      )
    }
    expect((await httpRequest(`${service.url}/v1/keys`)).status).toBe(401)
    await expect.poll(() => admission.status().computing).toBe(0)
  })
})
