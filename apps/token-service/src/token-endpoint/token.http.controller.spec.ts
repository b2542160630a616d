import { grantTypes, tokenTypes } from '@cambio/oauth'
import {
  aCredential,
  anApplication,
  anIdp,
  aSubscription,
  aSubjectToken,
  httpRequest,
  type HttpRequestOptions,
  IDS,
  ISSUER_A,
  rawHttp,
  secretScan,
  TEST_CLIENT_SECRET,
} from '@cambio/testing'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../testing/exchange-world.js'
import { freshKeySet } from '../testing/neighbours.js'
import {
  aTokenNow,
  exchangeForm,
  OWN_URL,
  refusal,
  refusedAs,
  RunningTokenService,
  tokenEndpointHeaders,
  type TokenServiceReplica,
} from '../testing/running-token-service.js'

let running: RunningTokenService
let service: TokenServiceReplica
/** Connections that never finish their request, opened before everything else so that nobody waits for them. */
let slow: { headers: ReturnType<typeof rawHttp>; body: ReturnType<typeof rawHttp> }
beforeAll(async () => {
  running = await RunningTokenService.start()
  service = running.replica
  const endless = Array.from({ length: 40 }, (_, index) => [{ pauseMs: 500 }, `X-${index}: a\r\n`]).flat()
  const head = 'POST /oauth2/token HTTP/1.1\r\nHost: a\r\n'
  slow = {
    headers: rawHttp(service.port, [head, ...endless], { withinMs: 16_000 }),
    body: rawHttp(service.port, [`${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ngrant_type=`], {
      withinMs: 16_000,
    }),
  }
})
afterAll(async () => running.stop())

interface Answer {
  readonly access_token: string
  readonly scope?: string
}

const granted = async (form: Readonly<Record<string, string>>): Promise<Answer> => (await service.token(form)).json() as Answer

describe('POST /oauth2/token', () => {
  it('exchanges a token (TE-01, TE-25)', async () => {
    const answer = await service.token(exchangeForm())
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject(tokenEndpointHeaders)
    expect(answer.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: expect.toSatisfy((seconds: number) => Number.isInteger(seconds) && seconds >= 325 && seconds <= 330) as number,
      scope: 'read write',
    })
  })

  it('issues a token that verifies under the published keys (IS-02, IS-04, IS-05)', async () => {
    const { access_token: token } = await granted(exchangeForm())
    const jwks = (await service.get('/oauth2/jwks')).json() as Parameters<typeof createLocalJWKSet>[0]
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: OWN_URL,
      audience: 'urn:t1:orders',
      typ: 'at+jwt',
      algorithms: ['ES256'],
    })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: jwks.keys[0]?.kid })
    const { iat, nbf, exp, jti, ...claims } = payload
    expect([nbf, typeof jti]).toEqual([iat, 'string'])
    expect(exp).toBeGreaterThan(iat! + 320)
    expect(claims).toEqual({
      iss: OWN_URL,
      sub: `idp/${IDS.identityProvider}/alice`,
      aud: ['urn:t1:orders'],
      client_id: 'app1',
      azp: 'app1',
      scope: 'read write',
      org: { id: IDS.organization, handle: 't1' },
      app: { id: IDS.application },
      env: 'production',
      idp: { id: IDS.identityProvider, name: 'idp-a', iss: ISSUER_A, sub: 'alice', kid: 'a1' },
    })
  })

  it('takes the types of token that the registration allows (TE-02)', async () => {
    const idTokens = { id: 'idp_00000000000000000000000000000a02' }
    await running.put('identity-providers', anIdp({ name: 'ids', issuer: 'https://ids.test', acceptedTokenTypes: ['id_token'] }), idTokens)
    await running.put('key-sets', freshKeySet(), idTokens)
    const form = (type: string): Record<string, string> =>
      exchangeForm({ subject_token: aTokenNow({ issuer: 'https://ids.test' }), subject_token_type: type })
    expect((await service.token(form(tokenTypes.idToken))).status).toBe(200)
    expect(refusal(await service.token(form(tokenTypes.jwt)))).toEqual(refusedAs('invalid_request'))
    expect(refusal(await service.token(form(tokenTypes.accessToken)))).toEqual(refusedAs('invalid_request'))
    const atJwt = aTokenNow({ header: { typ: 'at+jwt' } })
    expect((await service.token(exchangeForm({ subject_token: atJwt, subject_token_type: tokenTypes.accessToken }))).status).toBe(200)
    expect((await service.token(exchangeForm())).status).toBe(200)
  })

  it.each(['password', 'x', grantTypes.jwtBearer])('refuses grant type %j (TE-04)', async (grantType) => {
    expect(refusal(await service.token({ grant_type: grantType }))).toEqual(refusedAs('unsupported_grant_type'))
  })

  it.each([
    ['no subject_token (TE-05)', { subject_token: '' }],
    ['no subject_token_type (TE-05)', { subject_token_type: '' }],
    ['no grant_type (TE-05)', { grant_type: '' }],
    ['subject_token_type saml2 (TE-07)', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['a subject_token_type that is no URI (TE-07)', { subject_token_type: 'jwt' }],
    ['an actor token without its type (TE-08)', { actor_token: 'a.b.c' }],
    ['an actor type without its token (TE-08)', { actor_token_type: tokenTypes.jwt }],
    ['a requested refresh token (TE-10)', { requested_token_type: tokenTypes.refreshToken }],
    ['an unknown requested type (TE-10)', { requested_token_type: 'x' }],
  ])('refuses %s', async (_name, more) => {
    expect(refusal(await service.token(exchangeForm(more as Record<string, string>)))).toEqual(refusedAs('invalid_request'))
  })

  it.each(['grant_type', 'subject_token', 'scope', 'client_id'])('refuses %s twice (TE-11)', async (name) => {
    const form = [...Object.entries(exchangeForm({ scope: 'read', client_id: 'app1' })), [name, 'again'] as const]
    expect(refusal(await service.token(form))).toEqual(refusedAs('invalid_request'))
  })

  it('takes two audiences, and refuses both when one is not subscribed (TE-13, PO-01)', async () => {
    const clientId = await anotherApplication({ subscriptions: [aSubscription(), aSubscription({ api: MORE_IDS.billing })] })
    const form = [...Object.entries(exchangeForm()), ['audience', 'urn:t1:orders'], ['audience', 'urn:t1:billing']] as const
    const answer = await service.token(form, { basic: [clientId, TEST_CLIENT_SECRET] })
    const { access_token: token, scope } = answer.json() as Answer
    expect([answer.status, scope]).toEqual([200, 'urn:t1:orders:read urn:t1:orders:write'])
    expect(decodeJwt(token).aud).toEqual(['urn:t1:orders', 'urn:t1:billing'])
    expect(refusal(await service.token(form))).toEqual(refusedAs('invalid_target'))
  })

  it('refuses a token of over 16 KiB, correctly signed as it is (TE-14)', async () => {
    const subjectToken = aTokenNow({ claims: { padding: 'x'.repeat(12_400) } })
    expect(subjectToken.length).toBeGreaterThan(16_384)
    expect(refusal(await service.token(exchangeForm({ subject_token: subjectToken })))).toEqual(refusedAs('invalid_request'))
  })

  it('refuses a body of 1 MiB and closes the connection (TE-16)', async () => {
    const answer = await service.token({ grant_type: 'x'.repeat(1_048_576) })
    expect([answer.status, answer.headers.connection]).toEqual([413, 'close'])
    expect(answer.headers).toMatchObject(tokenEndpointHeaders)
    expect(answer.json()).toEqual({ error: 'invalid_request', error_description: 'The request body is too large.' })
  })

  it.each([
    ['JSON', { 'content-type': 'application/json' }, JSON.stringify(exchangeForm({ subject_token: 'a.b.c' }))],
    ['malformed JSON', { 'content-type': 'application/json' }, '{"grant_type"'],
    ['no content type', {}, 'grant_type=x'],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['text', { 'content-type': 'text/plain' }, 'grant_type=x'],
    ['a type that begins alike', { 'content-type': 'application/x-www-form-urlencoded2' }, 'grant_type=x'],
    ['nothing at all', {}, undefined],
  ])('refuses %s in place of a form (TE-17)', async (_name, headers, body) => {
    const answer = await httpRequest(`${service.service.url}/oauth2/token`, {
      method: 'POST',
      basic: ['app1', TEST_CLIENT_SECRET],
      headers,
      ...(body !== undefined && { body }),
    })
    expect(refusal(answer)).toEqual(refusedAs('invalid_request'))
  })

  it('takes a form with a charset', async () => {
    const answer = await service.token(exchangeForm(), { headers: { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' } })
    expect(answer.status).toBe(200)
  })

  it.each(['client_secret', 'subject_token', 'x=1?&client_secret', 'subject%5ftoken'])(
    'refuses %s in the query, and does not log its value (TE-19)',
    async (name) => {
      const value = `cmb_value-of-${name.length}-in-the-query`
      const answer = await httpRequest(`${service.service.url}/oauth2/token?${name}=${value}`, {
        form: exchangeForm(),
        basic: ['app1', TEST_CLIENT_SECRET],
      })
      expect(refusal(answer)).toEqual(refusedAs('invalid_request'))
      expect(service.logged()).not.toContain(value)
    },
  )

  it('counts an empty scope as none (TE-20)', async () => {
    expect((await granted(exchangeForm({ scope: '' }))).scope).toBe('read write')
  })

  it.each([
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a control character', 'a\u0007'],
    ['5 kB', 'x'.repeat(5_000)],
    ['an unknown name', 'delete'],
  ])('refuses a scope with %s (TE-22)', async (_name, scope) => {
    expect(refusal(await service.token(exchangeForm({ scope })))).toEqual(refusedAs('invalid_scope'))
  })

  it.each(['orders', 'https://x/#f'])('refuses resource %j (TE-23)', async (resource) => {
    expect(refusal(await service.token(exchangeForm({ resource })))).toEqual(refusedAs('invalid_target'))
  })

  it('never echoes what it was sent, and answers in printable ASCII (TE-26)', async () => {
    const input = 'INPUT-TO-LOOK-FOR'
    const forms = ['grant_type', 'subject_token', 'subject_token_type', 'audience', 'scope', 'requested_token_type', input].map((name) =>
      exchangeForm({ [name]: input }),
    )
    for (const form of forms) {
      const answer = await service.token(form)
      expect(answer.text + JSON.stringify(answer.headers)).not.toContain(input)
      expect(answer.text).toMatch(/^[\x20-\x7e]+$/)
      if (answer.status !== 200) expect(Object.keys(answer.json() as object)).toEqual(['error', 'error_description'])
    }
  })

  it.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two Content-Lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
    ['an unknown Transfer-Encoding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ])('refuses %s and closes the connection (TE-28)', async (_name, rest) => {
    const answer = await rawHttp(
      service.port,
      `POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n${rest}`,
    )
    expect(answer.statuses).toEqual([400])
    expect(answer.closedAfterMs).toBeLessThan(2_000)
  })

  it.each([
    ['NUL', 'a%00b'],
    ['a lone surrogate', '%ED%A0%80'],
    ['invalid UTF-8', '%C3%28'],
  ])('refuses %s in a parameter (TE-31)', async (_name, value) => {
    const body = `${new URLSearchParams(exchangeForm()).toString()}&scope=${value}`
    const answer = await httpRequest(`${service.service.url}/oauth2/token`, {
      body,
      basic: ['app1', TEST_CLIENT_SECRET],
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(refusal(answer)).toEqual(refusedAs('invalid_request'))
  })

  it('answers 100 requests at a time with 100 tokens (TE-32)', async () => {
    const form = exchangeForm()
    const answers = await Promise.all(Array.from({ length: 100 }, async () => service.token(form)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map((answer) => decodeJwt((answer.json() as Answer).access_token).jti)).size).toBe(100)
  })

  it('answers JSON to whoever would rather have HTML (TE-34)', async () => {
    const accept = { headers: { accept: 'text/html' } }
    expect((await service.token(exchangeForm(), accept)).headers['content-type']).toBe('application/json')
    expect(refusal(await service.token({ grant_type: 'x' }, accept))).toEqual(refusedAs('unsupported_grant_type'))
  })

  it('gives each request an id of its own, whatever id it brings', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await service.token({}, { headers: { 'x-request-id': 'mine' } })).headers['x-request-id']),
    )
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{32}$/)
  })
})

describe('addresses beside the token endpoint', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s /oauth2/token is 405', async (method) => {
    const answer = await httpRequest(`${service.service.url}/oauth2/token`, { method })
    expect(refusal(answer)).toEqual({
      status: 405,
      headers: { ...tokenEndpointHeaders, allow: 'POST' },
      body: { error: 'invalid_request', error_description: 'This endpoint accepts POST only.' },
    })
  })

  it.each(['/oauth2/nothing', '/oauth2/token/', '/oauth2/Token', '/oauth2//token'])('%s is 404', async (path) => {
    const answer = await httpRequest(service.service.url + path, { form: exchangeForm() })
    expect(refusal(answer)).toEqual({
      status: 404,
      headers: tokenEndpointHeaders,
      body: { error: 'invalid_request', error_description: 'There is no such endpoint.' },
    })
  })
})

describe('client authentication', () => {
  const other = { subject_token: 'a.b.c' }

  it.each<readonly [string, Readonly<Record<string, string>>, HttpRequestOptions]>([
    ['no credentials (CA-01)', {}, {}],
    ['a wrong secret (CA-02)', {}, { basic: ['app1', 'cmb_wrong'] }],
    ['an unknown client (CA-04)', {}, { basic: ['nobody', TEST_CLIENT_SECRET] }],
    ['a wrong secret in the body (CA-02)', { client_id: 'app1', client_secret: 'cmb_wrong' }, {}],
    ['Basic that is not base64 (CA-07)', {}, { headers: { authorization: 'Basic $$$' } }],
    ['Basic without a colon (CA-07)', {}, { headers: { authorization: `Basic ${Buffer.from('app1').toString('base64')}` } }],
    ['another scheme (CA-07)', {}, { headers: { authorization: `Bearer ${TEST_CLIENT_SECRET}` } }],
    ['a prefix of the secret (CA-08)', {}, { basic: ['app1', TEST_CLIENT_SECRET.slice(0, -1)] }],
    ['the secret and more (CA-08)', {}, { basic: ['app1', `${TEST_CLIENT_SECRET}x`] }],
    ['a client id alone where a secret is needed (CA-10)', { client_id: 'app1' }, {}],
    [
      'the headers of a proxy that checks certificates (CA-22)',
      { client_id: 'app1' },
      { headers: { 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-s-dn': 'CN=app1', 'x-forwarded-client-cert': 'Subject="CN=app1"' } },
    ],
  ])('refuses %s with the same bytes', async (_name, more, options) => {
    const answer = await httpRequest(`${service.service.url}/oauth2/token`, {
      form: exchangeForm({ ...other, ...more }),
      ...options,
    })
    expect(refusal(answer)).toEqual(refusedAs('invalid_client'))
    expect(answer.text).toBe('{"error":"invalid_client","error_description":"Client authentication failed."}')
  })

  it('refuses two ways at once (CA-05) and two client ids (CA-20)', async () => {
    expect(refusal(await service.token(exchangeForm({ client_secret: TEST_CLIENT_SECRET })))).toEqual(refusedAs('invalid_request'))
    expect(refusal(await service.token(exchangeForm({ client_id: 'app2' })))).toEqual(refusedAs('invalid_request'))
  })

  it('takes the secret from the body too, and a public client at its word for a bound token', async () => {
    const post = exchangeForm({ client_id: 'app1', client_secret: TEST_CLIENT_SECRET })
    expect((await httpRequest(`${service.service.url}/oauth2/token`, { form: post })).status).toBe(200)
    const clientId = await anotherApplication({}, { public: true, authMethod: 'none', secrets: [] })
    const asPublic = async (subjectToken: string) =>
      httpRequest(`${service.service.url}/oauth2/token`, { form: exchangeForm({ client_id: clientId, subject_token: subjectToken }) })
    expect((await asPublic(aTokenNow({ claims: { azp: 'client-at-a' } }))).status).toBe(200)
    expect(refusal(await asPublic(aTokenNow({ claims: { azp: 'another' } })))).toEqual(refusedAs('invalid_request'))
  })
})

describe('whoever sends slowly', () => {
  it('is cut off within 15 s, and nobody else notices (TE-29)', async () => {
    const startedMs = performance.now()
    expect((await service.token(exchangeForm())).status).toBe(200)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    for (const answer of [await slow.headers, await slow.body]) {
      expect(answer.closedAfterMs).not.toBeNull()
      expect(answer.closedAfterMs).toBeLessThan(15_000)
    }
  }, 20_000)
})

describe('the log of the service', () => {
  it('has had no token and no secret in it', async () => {
    const tokens = [aSubjectToken(), aTokenNow()]
    const { access_token: issued } = await granted(exchangeForm({ subject_token: tokens[1]! }))
    await service.token(exchangeForm({ subject_token: tokens[0]!, scope: 'x' }), { headers: { 'x-secret': TEST_CLIENT_SECRET } })
    expect(service.logged()).toContain('/oauth2/token')
    expect(secretScan(service.logged(), [...tokens, issued, TEST_CLIENT_SECRET])).toEqual([])
  })
})

let applications = 0

/** Another application of T1 like `app1`, with what a test needs different; gives its client id. */
async function anotherApplication(
  overrides: Parameters<typeof anApplication>[0],
  credential: Parameters<typeof aCredential>[0] = {},
): Promise<string> {
  applications += 1
  const clientId = `another-${applications}`
  const value = anApplication({ credentials: [aCredential({ clientId, ...credential })], ...overrides })
  await running.put('applications', value, { id: `app_0000000000000000000000000000010${applications}` })
  return clientId
}
