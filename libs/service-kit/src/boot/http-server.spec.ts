import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { httpRequest, rawHttp, secretScan, TEST_CLIENT_SECRET } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { anAdminToken } from '../testing/admin-tokens.js'
import { type SampleService, startSample } from '../testing/sample-service.js'

const problemOf = (code: string, status: number, title: string, more: object = {}) => ({
  type: `urn:cambio:problem:${code}`,
  title,
  status,
  code,
  ...more,
})

describe('the HTTP side of a service', () => {
  let service: SampleService
  beforeAll(async () => {
    service = await startSample({
      limits: { requestTimeoutMs: 1_500, headersTimeoutMs: 1_000 },
      renderers: [
        {
          pathPrefix: '/oauth2/',
          render: ({ code }) => ({
            status: 400,
            headers: { 'content-type': 'application/json' },
            body: { error: 'invalid_request', error_description: code },
          }),
        },
      ],
    })
  })
  afterAll(async () => {
    await service.stop()
  })

  const post = (path: string, body: string | Uint8Array, contentType = 'application/json') =>
    httpRequest(`${service.url}${path}`, { body, bearer: anAdminToken(), headers: { 'content-type': contentType } })
  const things = '/v1/orgs/t1/things'

  it('gives every answer a request id of its own making and the same in the log', async () => {
    const answer = await httpRequest(`${service.url}/healthz`, { headers: { 'x-request-id': 'mine', 'request-id': 'mine' } })
    const id = String(answer.headers['x-request-id'])
    expect(id).toMatch(/^req_[0-9a-f]{32}$/)
    expect(service.logged()).toContain(`"requestId":"${id}"`)
    for (const path of ['/nope', '/%zz', '/fails/internally', things]) {
      expect((await httpRequest(`${service.url}${path}`)).headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/)
    }
  })

  it('names the trace of a request in its log lines, if the request came with a valid one', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const logged = async (traceparent: string): Promise<string> => {
      const answer = await httpRequest(`${service.url}/healthz`, { headers: { traceparent } })
      const id = String(answer.headers['x-request-id'])
      return service
        .logged()
        .split('\n')
        .filter((line) => line.includes(id))
        .join()
    }
    expect(await logged(`00-${traceId}-00f067aa0ba902b7-01`)).toContain(`"traceId":"${traceId}"`)
    const malformed = await logged(`00-${traceId}-0000000000000000-01`)
    expect(malformed).not.toBe('')
    expect(malformed).not.toContain('traceId')
  })

  it('sends headers that keep browsers from guessing, and none that tell what it runs on', async () => {
    const { headers } = await httpRequest(`${service.url}/healthz`)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    })
    expect(Object.keys(headers)).not.toContain('x-powered-by')
    expect(Object.keys(headers)).not.toContain('server')
  })

  it('allows no foreign origin (AD-08)', async () => {
    const preflight = await httpRequest(`${service.url}${things}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    const simple = await httpRequest(`${service.url}/healthz`, { headers: { origin: 'https://evil.example' } })
    expect(Object.keys(simple.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('logs no fault when a caller hangs up amid its body', async () => {
    const socket = connect(service.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`POST ${things} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`)
    // The request has to have arrived before it is broken off, and the server to have noticed before the log is read.
    await delay(100)
    socket.resetAndDestroy()
    await delay(200)
    expect(service.logged()).not.toContain('ECONNRESET')
  })

  it('logs the path and never the query, and scrubs what looks like a secret (TE-19)', async () => {
    await httpRequest(`${service.url}/oauth2/token?client_secret=a-secret-in-the-query&subject_token=${anAdminToken()}`, { form: {} })
    await httpRequest(`${service.url}/${TEST_CLIENT_SECRET}`)
    await httpRequest(`${service.url}${things}`, { bearer: anAdminToken(), json: { name: 'a-secret-in-the-body' } })
    expect(service.logged()).toContain('"path":"/oauth2/token"')
    const secrets = ['a-secret-in-the-query', anAdminToken(), TEST_CLIENT_SECRET, 'a-secret-in-the-body']
    expect(secretScan(service.logged(), secrets)).toEqual([])
  })

  it('delivers a form as it came, for a parser that refuses duplicates', async () => {
    const answer = await post('/oauth2/token', 'a=1&a=2&b=%zz', 'application/x-www-form-urlencoded')
    expect(answer.json()).toEqual({ form: 'a=1&a=2&b=%zz' })
  })

  it.each<[string, string | Uint8Array, object]>([
    ['no JSON', '{"name":', { detail: undefined }],
    ['empty', '', { detail: 'The body is empty.' }],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), { detail: 'The body is not UTF-8.' }],
    ['nested too deep', '['.repeat(33) + ']'.repeat(33), { detail: 'The body is nested deeper than 32.' }],
    ['an attack on prototypes', '{"__proto__":{"admin":true}}', { detail: undefined }],
  ])('refuses a body that is %s', async (_case, body, { detail }: { detail?: string }) => {
    const answer = await post(things, body)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual(problemOf('malformed_json', 400, 'The body is not JSON', detail === undefined ? {} : { detail }))
  })

  it('counts no brackets inside of strings as nesting', async () => {
    expect((await post(things, JSON.stringify({ name: `[[\\"${'['.repeat(10)}` }))).status).toBe(201)
  })

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml', 'application/jsonx'])(
    'refuses a body of %s',
    async (contentType) => {
      expect((await post(things, '{"name":"a"}', contentType)).json()).toEqual(
        problemOf('unsupported_media_type', 415, 'The media type of the body is not supported'),
      )
    },
  )

  it('refuses too large a body and closes the connection (TE-16)', async () => {
    const json = await post(things, `{"name":"${'x'.repeat(256 * 1024)}"}`)
    expect([json.json(), json.headers['connection']]).toEqual([problemOf('content_too_large', 413, 'The body is too large'), 'close'])
    const form = await post('/oauth2/token', `a=${'x'.repeat(64 * 1024)}`, 'application/x-www-form-urlencoded')
    expect(form.json()).toEqual({ error: 'invalid_request', error_description: 'content_too_large' })
  })

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty'])('refuses an unknown member called %s as any other', async (name) => {
    const answer = await post(things, JSON.stringify({ name: 'a', [name]: 'x' }))
    expect(answer.json()).toMatchObject({ status: 422, errors: [{ pointer: `/${name}`, detail: 'is not known here' }] })
  })

  it('points to every member that is wrong, unknown ones included (AD-05)', async () => {
    const answer = await post(things, '{"name":"","size":0,"tenantId":"t2","role":"owner","_id":1,"tags":["a",1]}')
    expect(answer.json()).toEqual(
      problemOf('invalid_content', 422, 'The content is not valid', {
        errors: [
          { pointer: '/name', detail: 'Too small: expected string to have >=1 characters' },
          { pointer: '/size', detail: 'Too small: expected number to be >=1' },
          { pointer: '/tags/1', detail: 'Invalid input: expected string, received number' },
          { pointer: '/tenantId', detail: 'is not known here' },
          { pointer: '/role', detail: 'is not known here' },
          { pointer: '/_id', detail: 'is not known here' },
        ],
      }),
    )
  })

  it('points to parameters of the query', async () => {
    const answer = await httpRequest(`${service.url}${things}?limit=101&order=name`, { bearer: anAdminToken() })
    expect(answer.json()).toEqual(
      problemOf('invalid_content', 422, 'The content is not valid', {
        errors: [
          { pointer: '#/query/limit', detail: 'Too big: expected number to be <=100' },
          { pointer: '#/query/order', detail: 'is not known here' },
        ],
      }),
    )
  })

  it('gives 404 for an address whose parts can name nothing', async () => {
    const answer = await httpRequest(`${service.url}${things}/not-an-id`, { bearer: anAdminToken() })
    expect(answer.json()).toEqual(problemOf('not_found', 404, 'There is no such resource'))
  })

  it('tells an unknown address from a known one with another method', async () => {
    expect((await httpRequest(`${service.url}/v1/unknown`)).json()).toEqual(problemOf('route_not_found', 404, 'There is no such address'))
    const answer = await httpRequest(`${service.url}${things}/thing-1`, { method: 'PUT', json: {}, bearer: anAdminToken() })
    expect(answer.json()).toEqual(problemOf('method_not_allowed', 405, 'This address does not accept the method'))
    expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, PATCH')
  })

  it('tells nothing about an error that nobody foresaw', async () => {
    const answer = await httpRequest(`${service.url}/fails/internally`)
    expect(answer.json()).toEqual(problemOf('internal_error', 500, 'Something went wrong on our side'))
    expect(service.logged()).toContain('the secret [secret] is in here')
  })

  it('says when to try again if a part of it is away', async () => {
    const answer = await httpRequest(`${service.url}/fails/as-unavailable`)
    expect(answer.json()).toEqual(problemOf('unavailable', 503, 'The request cannot be served at the moment'))
    expect(answer.headers['retry-after']).toBe('3')
  })

  it('answers in the vocabulary of the address', async () => {
    expect((await post('/oauth2/token', '{}', 'text/plain')).json()).toEqual({
      error: 'invalid_request',
      error_description: 'unsupported_media_type',
    })
    expect((await httpRequest(`${service.url}/oauth2/nope`)).json()).toEqual({
      error: 'invalid_request',
      error_description: 'route_not_found',
    })
    expect((await httpRequest(`${service.url}/oauth2/token`)).json()).toEqual({
      error: 'invalid_request',
      error_description: 'method_not_allowed',
    })
  })

  it('answers what the router cannot read', async () => {
    expect((await httpRequest(`${service.url}/v1/orgs/%zz/things`)).json()).toEqual(
      problemOf('malformed_request', 400, 'The request cannot be read', { detail: 'The address is not properly encoded.' }),
    )
    expect((await httpRequest(`${service.url}/v1/orgs/${'x'.repeat(300)}/things`)).json()).toMatchObject({
      status: 414,
      code: 'uri_too_long',
    })
  })

  describe('on the bare connection', () => {
    it.each([
      ['Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['Content-Length twice', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
      ['an unknown Transfer-Encoding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ])('refuses %s and closes (TE-28)', async (_case, rest) => {
      const answer = await rawHttp(
        service.port,
        `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n${rest}`,
      )
      expect(answer.statuses).toEqual([400])
      expect(answer.closedAfterMs).not.toBeNull()
    })

    it('refuses headers over 16 KiB', async () => {
      const answer = await rawHttp(service.port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17 * 1024)}\r\n\r\n`)
      expect(answer.statuses).toEqual([431])
      expect(answer.text).toContain('"code":"headers_too_large"')
    })

    it('does not wait for slow headers or bodies for ever, and serves others meanwhile (TE-29)', async () => {
      const slow = [
        rawHttp(service.port, ['GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ', { pauseMs: 4_000 }], { withinMs: 6_000 }),
        rawHttp(service.port, ['POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\na', { pauseMs: 4_000 }], {
          withinMs: 6_000,
        }),
      ]
      expect((await httpRequest(`${service.url}/healthz`)).status).toBe(200)
      for (const answer of await Promise.all(slow)) {
        expect(answer.closedAfterMs).not.toBeNull()
        expect(answer.closedAfterMs).toBeLessThan(4_000)
      }
    })
  })
})
