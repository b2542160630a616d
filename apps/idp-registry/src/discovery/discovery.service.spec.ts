import {
  answersWith,
  hangsUp,
  hostileIdp,
  type HostileIdp,
  keyB,
  neverAnswers,
  redirectsTo,
  TEST_AUDIENCE,
  unusableKeys,
} from '@cambio/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { aProblem, RunningRegistry } from '../testing/running-registry.js'

let registry: RunningRegistry
let idp: HostileIdp

beforeAll(async () => {
  registry = await RunningRegistry.start()
})
afterAll(() => registry.stop())
beforeEach(async () => {
  idp = await hostileIdp()
})
afterEach(() => idp.stop())

const discover = (more: Record<string, unknown> = {}) =>
  registry.post(registry.path('/discover'), { wellKnownUrl: idp.wellKnownUrl, ...more })
const codes = (body: unknown): unknown[] =>
  (body as { findings: { code: string; severity: string }[] }).findings.map(({ code, severity }) => [severity, code])

describe('POST …/discover', () => {
  it('shows what a registration would be filled in with, and stores nothing (DR-01)', async () => {
    const answer = await discover()
    expect(answer.json()).toEqual({
      configuration: {
        issuer: idp.issuer,
        tokenEndpoint: `${idp.origin}/token`,
        authorizationEndpoint: `${idp.origin}/authorize`,
        jwksUri: idp.jwksUri,
        algorithms: ['RS256'],
      },
      keys: [{ kid: 'a1', kty: 'RSA', alg: 'RS256', usable: true }],
      findings: [],
    })
    expect(answer.status).toBe(200)
    expect((await registry.get(registry.path())).json()).toEqual({ items: [], nextCursor: null })
  })

  it('answers with the finding where the document is at fault (DR-23, DR-25, DR-26)', async () => {
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), issuer: 'https://victim.example' }))
    expect([await discover().then((answer) => [answer.status, codes(answer.json())])]).toEqual([[200, [['error', 'issuer_mismatch']]]])
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: undefined }))
    expect(codes((await discover()).json())).toEqual([['error', 'jwks_uri_missing']])
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: `http://localhost:${idp.port}/jwks` }))
    expect(codes((await discover()).json())).toEqual([['error', 'jwks_host_unconfirmed']])
    idp.behave()
    idp.answer(idp.paths.jwks, answersWith({ keys: [unusableKeys().symmetric.jwk] }))
    const body = (await discover()).json() as { keys: unknown }
    expect([body.keys, codes(body)]).toEqual([[{ kid: 'symmetric', usable: false, reason: 'symmetric' }], [['error', 'no_usable_keys']]])
  })

  it('answers with the finding where only the keys cannot be had', async () => {
    idp.answer(idp.paths.jwks, redirectsTo(`${idp.origin}/other`))
    const answer = await discover()
    expect([answer.status, codes(answer.json())]).toEqual([200, [['error', 'redirect_not_allowed']]])
    expect(answer.json()).toMatchObject({ configuration: { issuer: idp.issuer }, keys: [], findings: [{ field: 'jwksUri' }] })
  })

  it.each([
    ['a redirect (DR-17)', redirectsTo('https://other.example/'), 422, 'redirect_not_allowed'],
    ['a document that is none (DR-22)', answersWith('<html></html>'), 422, 'not_metadata'],
    ['nothing', hangsUp, 422, 'bad_response'],
  ])('is refused like a registration for %s', async (_, reply, status, code) => {
    idp.answer(idp.paths.openid, reply)
    const answer = await discover()
    const finding = { code, severity: 'error', field: 'wellKnownUrl', message: expect.any(String) as string }
    expect(answer.json()).toEqual(aProblem(status, code, { findings: [finding] }))
  })

  it('gives up after 5 s on a host that says nothing', async () => {
    idp.answer(idp.paths.openid, neverAnswers)
    expect((await discover()).json()).toMatchObject({ status: 422, code: 'fetch_timeout' })
  })

  it('is refused for private addresses and malformed ones (DR-04, DR-08, DR-13)', async () => {
    expect((await discover({ wellKnownUrl: 'file:///etc/passwd' })).json()).toMatchObject({ status: 400, code: 'invalid_url' })
    expect((await discover({ wellKnownUrl: 'https://10.0.0.1/.well-known/openid-configuration' })).json()).toMatchObject({
      status: 422,
      code: 'target_not_allowed',
    })
    expect((await discover({ wellKnownUrl: 'https://metadata.internal/.well-known/openid-configuration' })).json()).toMatchObject({
      status: 422,
      code: 'target_not_allowed',
    })
  })

  it('says what a registration of a shared issuer would need (DR-34)', async () => {
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), issuer: 'https://gitlab.com' }))
    expect(codes((await discover()).json())).toContainEqual(['error', 'condition_required'])
  })

  it('judges a sample token as the gate would, and keeps it out of the log', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const good = idp.signToken({}, { nowSeconds })
    expect(codes((await discover({ sampleToken: good })).json())).toEqual([['info', 'sample_token_fits']])
    const foreign = idp.signToken({}, { nowSeconds, key: keyB() })
    expect(codes((await discover({ sampleToken: foreign })).json())).toEqual([['warning', 'algorithm_not_allowed']])
    const expired = idp.signToken({}, { nowSeconds: nowSeconds - 7200 })
    expect(codes((await discover({ sampleToken: expired })).json())).toEqual([['warning', 'expired']])
    const otherIssuer = idp.signToken({ iss: `${idp.issuer}/` }, { nowSeconds })
    expect(codes((await discover({ sampleToken: otherIssuer })).json())).toEqual([['warning', 'issuer_mismatch']])
    expect(codes((await discover({ sampleToken: 'not-a-token' })).json())).toEqual([['warning', 'bad_segments']])
    for (const token of [good, foreign, expired, otherIssuer]) expect(registry.logged()).not.toContain(token.split('.')[2])
  })

  it('needs the right to write, since it makes us fetch an address (DR-31)', async () => {
    const answer = await registry.post(registry.path('/discover'), { wellKnownUrl: idp.wellKnownUrl }, { as: 'viewer' })
    expect(answer.json()).toEqual(aProblem(403, 'insufficient_scope', { detail: 'The scope idps:write is needed.' }))
    expect(idp.requests).toHaveLength(0)
  })
})

describe('POST …/{idp}/check', () => {
  it('compares the registration with what its provider publishes now, and changes nothing', async () => {
    const creation = { name: 'checked', wellKnownUrl: idp.wellKnownUrl, allowedAudiences: [TEST_AUDIENCE] }
    const { id } = (await registry.post(registry.path(), creation)).json() as { id: string }
    const health = async () => ((await registry.get(registry.path(`/${id}/health`))).json() as { keySet: { keys: unknown } }).keySet.keys
    const before = await health()
    const check = async (json: unknown = {}) => (await registry.post(registry.path('/checked/check'), json)).json()
    expect(await check()).toEqual({ keys: [{ kid: 'a1', kty: 'RSA', alg: 'RS256', usable: true }], findings: [] })
    idp.rotateTo(keyB(), 'withdrawn')
    expect(await check()).toMatchObject({ keys: [{ kid: 'b1' }], findings: [{ severity: 'warning', code: 'algorithm_without_key' }] })
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), issuer: 'https://moved.example' }))
    expect(codes(await check())).toContainEqual(['error', 'issuer_mismatch'])
    expect(await health()).toEqual(before)
    expect((await registry.get(registry.path(`/${id}`))).json()).toMatchObject({ rev: 1, issuer: idp.issuer })
  })

  it('judges a sample token by the registration', async () => {
    const creation = { name: 'sampled', wellKnownUrl: idp.wellKnownUrl, allowedAudiences: ['another audience'] }
    await registry.post(registry.path(), creation)
    const sampleToken = idp.signToken({}, { nowSeconds: Math.floor(Date.now() / 1000) })
    const answer = await registry.post(registry.path('/sampled/check'), { sampleToken })
    expect(answer.json()).toMatchObject({
      findings: [
        {
          severity: 'warning',
          code: 'audience_not_allowed',
          field: 'sampleToken',
          message: 'No audience of the token is among the allowed ones of the registration.',
        },
      ],
    })
  })

  it('of an unknown provider is 404', async () => {
    expect((await registry.post(registry.path('/nobody/check'), {})).json()).toEqual(aProblem(404, 'not_found'))
  })
})
