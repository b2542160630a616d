import { type StackService } from '@cambio/local-stack'
import { httpRequest } from '@cambio/testing'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi, call } from './world/admin-api.js'
import { describedOperations, filledIn } from './world/operations.js'
import { acceptableBody } from './world/populated-organization.js'
import { sharedStack } from './world/shared.js'

const { urls, admin: credential } = sharedStack()
const services = Object.keys(urls) as StackService[]
const operations = await describedOperations(urls)
const requestId: unknown = expect.stringMatching(/^req_[0-9a-f]{32}$/)
const nowhere = Object.fromEntries(
  ['org', 'idp', 'api', 'application', 'environment', 'binding', 'subscription', 'secret', 'adminClient'].map((name) => [name, 'nothing']),
)

/** Whether an address is one of the template's too. */
const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(filledIn(path, nowhere))

let admin: AdminApi

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
})

describe.each(services)('%s', (service) => {
  const get = (path: string) => httpRequest(`${urls[service]}${path}`)

  it('says that it lives and is ready', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'alive' })
    expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
  })

  it('has metrics for Prometheus, of requests by route and of its event loop', async () => {
    await get('/healthz')
    const { status, headers, text } = await get('/metrics')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toMatch(/^cambio_http_request_duration_seconds_count\{.*route="\/healthz",status="200"\} [1-9]\d*$/m)
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds\{/m)
    expect(text).toContain(`service="${service}"`)
  })

  it('describes itself by valid OpenAPI 3.1', async () => {
    const answer = await get('/openapi.json')
    const document = answer.json() as Record<string, unknown> & { openapi: string; info: object }
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: expect.stringMatching(/\w/) as unknown, version: expect.stringMatching(/\d/) as unknown })
    expect(await new Validator().validate(document)).toEqual({ valid: true })
  })

  it('shows that description on a page whose scripts and styles it serves itself', async () => {
    const page = await get('/docs')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '')
    expect(assets.length).toBeGreaterThan(1)
    for (const address of assets) {
      expect(address).toMatch(/^\/docs\//)
      expect(await get(address)).toMatchObject({ status: 200 })
    }
    expect((await get('/docs/init.js')).text).toContain("'/openapi.json'")
  })

  it('gives each answer a request id of its own making, whatever the client sends', async () => {
    const addresses = ['/healthz', '/no-such-address', '/v1/orgs', '/%zz', '/docs', '/openapi.json', '/metrics', '/oauth2/token']
    const answers = await Promise.all(
      addresses.map((path) => httpRequest(`${urls[service]}${path}`, { headers: { 'x-request-id': 'of-the-client' } })),
    )
    for (const { headers } of answers) expect(headers['x-request-id']).toEqual(requestId)
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(addresses.length)
  })

  it('has headers that keep browsers from guessing, framing and keeping', async () => {
    for (const path of ['/healthz', '/v1/orgs', '/no-such-address']) {
      expect((await get(path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
      })
    }
  })

  it('lets no other origin in (AD-08)', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      const answer = await httpRequest(`${urls[service]}/v1/orgs`, {
        method,
        headers: {
          origin: 'https://evil.example',
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      })
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }
  })

  const own = operations.filter((operation) => operation.service === service)

  it.each(own.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'answers %s, which it describes',
    async (_name, { method, path }) => {
      const body = path === '/v1/orgs' && method === 'POST' ? {} : acceptableBody(method, path)
      const answer = await admin.send(service, method, filledIn(path, nowhere), body)
      expect(['route_not_found', 'method_not_allowed', 'internal_error']).not.toContain(answer.body['code'])
      expect(answer.status).toBeLessThan(500)
      expect(answer.headers['x-request-id']).toEqual(requestId)
    },
  )

  it('answers no method of these addresses that it does not describe', async () => {
    const paths = [...new Set(own.map(({ path }) => path))]
    for (const path of paths) {
      // `/identity-providers/discover` is an address of `/identity-providers/{idp}` as well.
      const described = own.filter((operation) => matches(operation.path, path)).map(({ method }) => method)
      for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'].filter((candidate) => !described.includes(candidate))) {
        const answer = await call(`${urls[service]}${filledIn(path, nowhere)}`, { method, bearer: admin.token })
        expect([path, method, answer.status]).toEqual([path, method, 405])
        expect(String(answer.headers['allow']).split(', ')).toEqual(expect.arrayContaining(described))
      }
    }
  })
})

describe('token-service', () => {
  it('has the metadata of RFC 8414 at both well-known addresses, and keys that can be kept and asked for again', async () => {
    const issuer = urls['token-service']
    const [oauth, openid] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map((name) => call(`${issuer}/.well-known/${name}`)),
    )
    expect(oauth?.body).toEqual({
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      jwks_uri: `${issuer}/oauth2/jwks`,
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      response_types_supported: [],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
    expect(openid?.body).toEqual(oauth?.body)
    const keys = await call(`${issuer}/oauth2/jwks`)
    expect(keys.headers).toMatchObject({
      'cache-control': expect.stringMatching(/max-age=\d+/) as unknown,
      etag: expect.any(String) as unknown,
    })
    const again = await httpRequest(`${issuer}/oauth2/jwks`, { headers: { 'if-none-match': String(keys.headers['etag']) } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('speaks OAuth about addresses and methods below /oauth2 too', async () => {
    const get = await call(`${urls['token-service']}/oauth2/token`)
    expect(get).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect(get.body).toEqual({ error: 'invalid_request', error_description: 'This endpoint accepts POST only.' })
    const none = await call(`${urls['token-service']}/oauth2/no-such-endpoint`)
    expect({ status: none.status, body: none.body }).toEqual({
      status: 404,
      body: { error: 'invalid_request', error_description: 'There is no such endpoint.' },
    })
  })
})
