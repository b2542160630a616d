import { type AdminClientValue } from '@cambio/contracts'
import {
  anAdminClient,
  anOrganization,
  aSigningKey,
  bitFlipped,
  feedEntry,
  FIXED_NOW_MS,
  FIXED_NOW_SECONDS,
  httpRequest,
  IDS,
  testKey,
} from '@cambio/testing'
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest'

import { anAdminToken, ISSUER } from '../testing/admin-tokens.js'
import { aTrust, OTHER_ORGANIZATION, type SampleService, startSample } from '../testing/sample-service.js'
import { AdminTrust } from './admin-trust.js'

const invalidToken = {
  type: 'urn:cambio:problem:invalid_token',
  title: 'The access token is not accepted',
  status: 401,
  code: 'invalid_token',
}
const notFound = { type: 'urn:cambio:problem:not_found', title: 'There is no such resource', status: 404, code: 'not_found' }
const unavailable = {
  type: 'urn:cambio:problem:unavailable',
  title: 'The request cannot be served at the moment',
  status: 503,
  code: 'unavailable',
}

describe('the guard of the administrators’ API', () => {
  let service: SampleService
  beforeAll(async () => {
    service = await startSample()
  })
  afterAll(async () => {
    await service.stop()
  })

  const get = (path: string, token?: string, method = 'GET') =>
    httpRequest(`${service.url}${path}`, { method, ...(token === undefined ? {} : { bearer: token }) })

  it('asks for a token, and names no error when there is none (AD-01, RFC 6750 §3)', async () => {
    const answer = await get('/v1/orgs/t1/things')
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="cambio"')
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'urn:cambio:problem:authentication_required',
      title: 'An access token is required',
      status: 401,
      code: 'authentication_required',
    })
  })

  it.each(['/v1/orgs/t1/things', '/v1/callers/me'])('asks for it on HEAD %s as on GET (AD-10)', async (path) => {
    expect(await get(path, undefined, 'HEAD')).toMatchObject({ status: 401, text: '' })
    expect(await get(path, anAdminToken(), 'HEAD')).toMatchObject({ status: 200, text: '' })
  })

  it('takes no other scheme, no token in the query and no cookie', async () => {
    const url = `${service.url}/v1/orgs/t1/things`
    const basic = await httpRequest(url, { basic: ['admin-1', 'x'] })
    expect([basic.status, basic.headers['www-authenticate']]).toEqual([401, 'Bearer realm="cambio"'])
    expect((await httpRequest(`${url}?access_token=${anAdminToken()}`)).status).toBe(401)
    expect((await httpRequest(url, { headers: { cookie: `token=${anAdminToken()}` } })).status).toBe(401)
  })

  it.each<[string, string]>([
    ['of another issuer', anAdminToken({ iss: 'https://idp.example.com' })],
    ['for another audience', anAdminToken({ aud: ['urn:t1:orders'] })],
    ['for us and somebody else', anAdminToken({ aud: ['urn:cambio:admin', 'urn:t1:orders'] })],
    ['whose audience is no list', anAdminToken({ aud: 'urn:cambio:admin' })],
    ['that has expired', anAdminToken({ exp: FIXED_NOW_SECONDS - 31 })],
    ['without exp', anAdminToken({ exp: undefined })],
    ['that is not valid yet', anAdminToken({ nbf: FIXED_NOW_SECONDS + 60 })],
    ['without client id', anAdminToken({ client_id: undefined })],
    ['of an unknown client', anAdminToken({ client_id: 'somebody' })],
    ['that is an ID token', anAdminToken({}, { typ: 'JWT' })],
    ['without typ', anAdminToken({}, { typ: undefined })],
    ['without kid', anAdminToken({}, { kid: undefined })],
    ['under an unknown key', anAdminToken({}, { kid: 'unknown' })],
    ['of alg none', anAdminToken({}, { alg: 'none' })],
    ['with a changed signature', bitFlipped(anAdminToken(), 2, 9)],
    ['with changed claims', bitFlipped(anAdminToken(), 1, 77)],
    ['that is no JWT', 'opaque'],
  ])('refuses a token %s', async (_case, token) => {
    const answer = await get('/v1/orgs/t1/things', token)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="cambio", error="invalid_token"')
    expect(answer.json()).toEqual(invalidToken)
  })

  it('refuses a token without the scope and names it', async () => {
    const answer = await get('/v1/orgs/t1/things', anAdminToken({ scope: 'apis:read' }))
    expect(answer.status).toBe(403)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="cambio", error="insufficient_scope", scope="idps:read"')
    expect(answer.json()).toEqual({
      type: 'urn:cambio:problem:insufficient_scope',
      title: 'The access token does not allow this',
      status: 403,
      code: 'insufficient_scope',
      detail: 'The scope idps:read is needed.',
    })
  })

  it('gives 404 for organizations of others and for unknown ones alike, whatever the scope', async () => {
    const paths = ['/v1/orgs/t2/things', '/v1/orgs/unknown/things', '/v1/orgs/T1/things', `/v1/orgs/${IDS.organization}/things`]
    for (const path of paths) {
      for (const scope of ['idps:read', 'apis:read']) expect((await get(path, anAdminToken({ scope }))).json()).toEqual(notFound)
    }
  })

  it('keeps what belongs to platform administrators from owners of an organization', async () => {
    const answer = await get('/v1/keys', anAdminToken({ scope: 'keys:read' }))
    expect(answer.json()).toMatchObject({ status: 403, code: 'insufficient_scope' })
  })

  it('tells handlers who calls', async () => {
    expect((await get('/v1/callers/me', anAdminToken({ scope: 'idps:read keys:read unknown:read' }))).json()).toEqual({
      clientId: 'admin-1',
      role: 'owner',
      organization: IDS.organization,
      scopes: ['idps:read'],
      applications: null,
    })
  })

  it.each([
    '//v1/orgs/t1/things',
    '/v1/orgs/t1/things/',
    '/V1/orgs/t1/things',
    '/v1/orgs/t1/things;x',
    '/v1/orgs/t1//things',
    '/v1/orgs/t1%2Fthings',
  ])('runs no handler for %s (AD-11)', async (path) => {
    for (const token of [undefined, anAdminToken()]) expect([401, 404]).toContain((await get(path, token)).status)
  })
})

describe('what a role may do', () => {
  let service: SampleService
  afterEach(async () => {
    await service.stop()
  })
  const all = 'idps:read idps:write orgs:read keys:read'
  const start = async (client: Partial<AdminClientValue> & { org?: string }) => {
    service = await startSample({ trust: aTrust(client) })
    return (path: string, json?: object) =>
      httpRequest(`${service.url}${path}`, { bearer: anAdminToken({ scope: all }), ...(json === undefined ? {} : { json }) })
  }

  it('viewer: reads, and does not write whatever the token says (AD-02)', async () => {
    const send = await start({ role: 'viewer' })
    expect((await send('/v1/orgs/t1/things')).status).toBe(200)
    const refused = await send('/v1/orgs/t1/things', { name: 'a' })
    expect(refused.json()).toMatchObject({ status: 403, code: 'insufficient_scope' })
    expect((await send('/v1/orgs/t1/things')).json()).toEqual({ items: [], nextCursor: null })
  })

  it('platform: acts on every organization and on what is the platform’s', async () => {
    const send = await start({ role: 'platform' })
    expect((await send('/v1/orgs/t1/things')).status).toBe(200)
    expect((await send('/v1/orgs/t2/things')).status).toBe(200)
    expect((await send('/v1/keys')).json()).toEqual({ keys: [] })
    expect((await send('/v1/orgs/unknown/things')).json()).toEqual(notFound)
  })

  it('developer: is told apart by its applications', async () => {
    const send = await start({ role: 'developer', applications: [IDS.application] })
    expect((await send('/v1/callers/me')).json()).toMatchObject({
      role: 'developer',
      applications: [IDS.application],
      scopes: ['idps:read'],
    })
  })

  it('of another organization: has no business here', async () => {
    const send = await start({ role: 'owner', org: OTHER_ORGANIZATION })
    expect((await send('/v1/orgs/t1/things')).json()).toEqual(notFound)
    expect((await send('/v1/orgs/t2/things')).status).toBe(200)
  })
})

describe('what the guard believes', () => {
  let service: SampleService
  afterEach(async () => {
    await service.stop()
  })
  const start = async (trust: AdminTrust) => {
    service = await startSample({ trust })
    return (path = '/v1/orgs/t1/things') => httpRequest(`${service.url}${path}`, { bearer: anAdminToken() })
  }

  it('decides nothing before it has everything, and asks for a token all the same', async () => {
    const send = await start(aTrust({}, { isReady: () => false }))
    const answer = await send()
    expect(answer.headers['retry-after']).toBe('2')
    expect(answer.json()).toEqual(unavailable)
    expect((await httpRequest(`${service.url}/v1/orgs/t1/things`)).status).toBe(401)
  })

  it('decides nothing without a signing key', async () => {
    const trust = new AdminTrust({ issuer: ISSUER, isReady: () => true, now: () => FIXED_NOW_MS })
    expect((await (await start(trust))()).json()).toEqual(unavailable)
  })

  it('refuses the tokens of a deleted client and of a key that no longer verifies', async () => {
    const trust = aTrust()
    const send = await start(trust)
    expect((await send()).status).toBe(200)
    trust.applyAdminClient(feedEntry('admin-clients', null, { rev: 2 }))
    expect((await send()).json()).toEqual(invalidToken)
    trust.applyAdminClient(feedEntry('admin-clients', anAdminClient(), { rev: 3 }))
    expect((await send()).status).toBe(200)
    const other = testKey('ES256', { name: 'other' })
    trust.applySigningKey(feedEntry('signing-keys', aSigningKey({}, other), { id: 'sgk_2' }))
    trust.applySigningKey(
      feedEntry(
        'signing-keys',
        aSigningKey({ verifiesUntil: new Date(FIXED_NOW_MS).toISOString() }, testKey('ES256', { name: 'signing' })),
        { rev: 2 },
      ),
    )
    expect((await send()).json()).toEqual(invalidToken)
  })

  it('lets a client in that was made a moment ago', async () => {
    const trust = aTrust({ clientId: 'somebody-else' })
    const send = await start(trust)
    setTimeout(() => {
      trust.applyAdminClient(feedEntry('admin-clients', anAdminClient(), { id: 'adm_2' }))
    }, 100)
    expect((await send()).status).toBe(200)
  })

  it('keeps a handle and a client id that passed to another id', () => {
    const trust = aTrust()
    trust.applyOrganization(feedEntry('organizations', anOrganization(), { id: 'org_new' }))
    trust.applyOrganization(feedEntry('organizations', null, { id: IDS.organization, rev: 2 }))
    expect(trust.organizationOfId('org_new')).toEqual({ id: 'org_new', handle: 't1' })
    trust.applyAdminClient(feedEntry('admin-clients', anAdminClient({ name: 'new' }), { id: 'adm_new' }))
    trust.applyAdminClient(feedEntry('admin-clients', null, { rev: 2 }))
    expect(trust.adminClient('admin-1')?.id).toBe('adm_new')
  })

  it('asks the owner for an organization that has not arrived, and says so if nobody answers', async () => {
    const asked: string[] = []
    const trust = aTrust(
      { role: 'platform' },
      {
        findOrganization: async (handle) => {
          asked.push(handle)
          if (handle === 'fresh') return { ok: true, value: { id: OTHER_ORGANIZATION, handle } }
          return { ok: false, failure: { code: handle === 'away' ? 'timeout' : 'not_found' } }
        },
      },
    )
    const send = await start(trust)
    expect((await send('/v1/orgs/fresh/things')).status).toBe(200)
    expect((await send('/v1/orgs/nobody/things')).json()).toEqual(notFound)
    expect((await send('/v1/orgs/away/things')).json()).toEqual(unavailable)
    expect((await send('/v1/orgs/t1/things')).status).toBe(200)
    expect(asked).toEqual(['fresh', 'nobody', 'away'])
  })
})
