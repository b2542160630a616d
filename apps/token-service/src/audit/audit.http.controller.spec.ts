import { aCredential, anAdminClient, anApplication, eventually, type HttpAnswer, IDS, TEST_CLIENT_SECRET } from '@cambio/testing'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { exchangeForm, RunningTokenService, type TokenServiceReplica } from '../testing/running-token-service.js'

let running: RunningTokenService
let service: TokenServiceReplica
let bearer: string
beforeAll(async () => {
  running = await RunningTokenService.start()
  service = running.replica
  bearer = await service.adminToken()
})
afterAll(async () => running.stop())

interface Page {
  readonly items: readonly { readonly requestId: string; readonly outcome: string; readonly detail: Readonly<Record<string, unknown>> }[]
  readonly nextCursor: string | null
}

const audit = async (query = '', token = bearer): Promise<HttpAnswer> => service.get(`/v1/orgs/t1/audit${query}`, { bearer: token })

/** The record of a request; it is written behind the answer. */
async function recordOf(answer: HttpAnswer): Promise<Page['items'][number]> {
  return eventually(async () => {
    const { items } = (await audit(`?requestId=${String(answer.headers['x-request-id'])}`)).json() as Page
    expect(items).toHaveLength(1)
    return items[0]!
  })
}

describe('GET /v1/orgs/{org}/audit', () => {
  it('finds a decision by the id that its answer named', async () => {
    const answer = await service.token(exchangeForm())
    const { jti } = decodeJwt((answer.json() as { access_token: string }).access_token)
    expect(await recordOf(answer)).toEqual({
      id: expect.any(String) as string,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      requestId: answer.headers['x-request-id'],
      clientId: 'app1',
      action: 'token.issue',
      outcome: 'issued',
      detail: expect.objectContaining({ jti, audience: ['urn:t1:orders'] }) as object,
    })
  })

  it.each([
    ['subject_token.bad_segments', exchangeForm({ subject_token: 'opaque' }), {}],
    ['target.not_subscribed', exchangeForm({ audience: 'urn:t1:billing' }), {}],
    ['scope.undefined', exchangeForm({ scope: 'delete' }), {}],
    ['client.wrong_secret', exchangeForm(), { basic: ['app1', 'wrong'] }],
    ['grant.not_allowed_for_client', { grant_type: 'client_credentials' }, {}],
  ] as const)('has the precise reason that the client was not told: %s', async (reason, form, options) => {
    const answer = await service.token(form, options)
    expect(answer.text).not.toContain(reason)
    expect(await recordOf(answer)).toMatchObject({ clientId: 'app1', outcome: reason })
  })

  it('keeps a line of the request from splitting a line of the log (ST-14)', async () => {
    const answer = await service.token(exchangeForm({ audience: 'urn:t1:x\nlevel=error' }))
    expect(await recordOf(answer)).toMatchObject({ outcome: 'target.unknown' })
    for (const line of service.logged().trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })

  it('pages, newest first, and filters', async () => {
    for (let count = 0; count < 5; count += 1) await service.token(exchangeForm({ scope: 'nothing' }))
    await eventually(async () => {
      expect(((await audit('?outcome=scope.undefined')).json() as Page).items.length).toBeGreaterThanOrEqual(5)
    })
    const first = (await audit('?limit=2&clientId=app1')).json() as Page
    const second = (await audit(`?limit=2&clientId=app1&cursor=${String(first.nextCursor)}`)).json() as Page
    expect(new Set([...first.items, ...second.items].map(({ requestId }) => requestId)).size).toBe(4)
    expect(((await audit('?clientId=nobody')).json() as Page).items).toEqual([])
  })

  it('refuses whoever is not an administrator of this organization', async () => {
    expect((await service.get('/v1/orgs/t1/audit')).status).toBe(401)
    expect((await audit('', 'nonsense')).status).toBe(401)
    expect((await service.get('/v1/orgs/t2/audit', { bearer })).status).toBe(404)
    const exchanged = (await service.token(exchangeForm())).json() as { access_token: string }
    expect((await audit('', exchanged.access_token)).status).toBe(401)
  })

  it('shows an organization nothing of another, and the platform every one', async () => {
    const platform = await service.adminToken('platform-1')
    expect((await audit('', platform)).status).toBe(200)
    const ofT2 = (await service.get('/v1/orgs/t2/audit', { bearer: platform })).json() as Page
    expect(ofT2.items).toEqual([])
  })

  it('refuses what it does not know', async () => {
    const cases = ['?limit=0', '?limit=101', '?limit=x', '?unheard=of']
    for (const query of cases) expect((await audit(query)).status).toBe(422)
    const answer = await audit('?cursor=nonsense')
    expect([answer.status, answer.json()]).toMatchObject([400, { code: 'malformed_request' }])
  })
})

describe('GET /v1/signing-keys', () => {
  it('shows the platform’s administrators the public parts', async () => {
    const answer = await service.get('/v1/signing-keys', { bearer: await service.adminToken('platform-1') })
    expect(answer.status).toBe(200)
    const { keys } = (await service.get('/oauth2/jwks')).json() as { keys: { kid: string }[] }
    expect(answer.json()).toEqual({
      items: [
        {
          kid: keys[0]!.kid,
          alg: 'ES256',
          publicJwk: keys[0],
          activeFrom: expect.stringMatching(/^\d{4}-/) as string,
          retiredFrom: null,
          verifiesUntil: null,
        },
      ],
    })
  })

  it('refuses everybody else', async () => {
    expect((await service.get('/v1/signing-keys')).status).toBe(401)
    expect((await service.get('/v1/signing-keys', { bearer })).status).toBe(403)
  })
})

describe('client credentials over HTTP', () => {
  it('give an administrator a token that the administrators’ API takes at once', async () => {
    const answer = await service.token({ grant_type: 'client_credentials' }, { basic: ['admin-1', TEST_CLIENT_SECRET] })
    expect(answer.json()).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 900,
      scope: expect.stringContaining('tokens:read') as string,
    })
    expect((await audit('', (answer.json() as { access_token: string }).access_token)).status).toBe(200)
  })
})

describe('GET /v1/orgs/{org}/audit of a developer', () => {
  let developer: string
  beforeAll(async () => {
    const value = anAdminClient({ clientId: 'developer-1', role: 'developer', applications: [IDS.application] })
    await service.has(await running.neighbours.put('admin-clients', value, { id: 'adm_developer' }))
    const other = anApplication({ name: 'other', credentials: [aCredential({ clientId: 'other-1' })] })
    await service.has(await running.neighbours.put('applications', other, { id: 'app_other' }))
    developer = await service.adminToken('developer-1')
  })

  it('shows the decisions about a client of its own application', async () => {
    const answer = await audit('?clientId=app1', developer)
    expect(answer.status).toBe(200)
  })

  it.each([
    ['every client of the organization', ''],
    ['a client of another application', '?clientId=other-1'],
    ['an admin client', '?clientId=admin-1'],
    ['a client that does not exist', '?clientId=nobody'],
  ])('does not show those about %s', async (_name, query) => {
    const answer = await audit(query, developer)
    expect(answer.status).toBe(422)
    expect(answer.json()).toMatchObject({
      code: 'invalid_content',
      errors: [{ pointer: '#/query/clientId', detail: 'must be a client of one of your applications' }],
    })
  })
})
