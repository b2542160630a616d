import { httpRequest } from '@cambio/testing'
import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi, call } from './world/admin-api.js'
import { describedOperations, filledIn, type Operation } from './world/operations.js'
import { acceptableBody, populatedOrganization, type PopulatedOrganization } from './world/populated-organization.js'
import { expectNotFound, expectProblem } from './world/problems.js'
import { secretsOnDisk } from './world/secrets.js'
import { sharedStack } from './world/shared.js'
import { changesNothing } from './world/unchanged.js'

const { urls, admin: credential, dataDirectory, providers } = sharedStack()
const operations = await describedOperations(urls)
const protectedOperations = operations.filter(({ scope }) => scope !== undefined)
const ofOrganizations = protectedOperations.filter(({ path }) => path.includes('{org}'))
const name = ({ method, path }: Operation): string => `${method} ${path}`
const named = (list: readonly Operation[]): [string, Operation][] => list.map((operation) => [name(operation), operation])

let admin: AdminApi
let here: PopulatedOrganization
let there: PopulatedOrganization
let ownerThere: AdminApi

const send = (caller: AdminApi, { service, method, path }: Operation, ids: Readonly<Record<string, string>>, headers = {}) =>
  caller.send(service, method, filledIn(path, ids), acceptableBody(method, path), headers)

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
  here = await populatedOrganization(admin, 'border', providers[0])
  there = await populatedOrganization(admin, 'border-other', providers[1])
  const owner = await admin.must('applications', 'POST', '/v1/orgs/border-other/admin-clients', { name: 'second owner', role: 'owner' })
  ownerThere = await AdminApi.signIn(urls, owner)
})

it('covers the whole API', () => {
  expect(protectedOperations.length).toBeGreaterThan(45)
  expect(operations.filter(({ path, scope }) => path.startsWith('/v1/') && scope === undefined).map(name)).toEqual([])
})

describe('without credentials (AD-01)', () => {
  changesNothing(() => here)

  it.each(named(protectedOperations))('%s is 401', async (_name, { service, method, path }) => {
    const body = acceptableBody(method, path)
    const answer = await call(`${urls[service]}${filledIn(path, here.ids)}`, { method, ...(body === undefined ? {} : { json: body }) })
    expectProblem(answer, { status: 401, code: 'authentication_required', title: 'An access token is required' })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="cambio"')
  })

  it.each(named(protectedOperations.filter(({ method }) => method === 'GET')))(
    '%s is 401 as HEAD, without a body (AD-10)',
    async (_name, get) => {
      const answer = await httpRequest(`${urls[get.service]}${filledIn(get.path, here.ids)}`, { method: 'HEAD' })
      expect([answer.status, answer.text]).toEqual([401, ''])
    },
  )

  it.each([
    ['an exchanged kind of token', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
    ['no token at all', 'Bearer '],
    ['the scheme of clients', `Basic ${Buffer.from('cambio-admin:x').toString('base64')}`],
  ])('%s is no admin token', async (_what, authorization) => {
    const answer = await call(`${urls.applications}/v1/orgs`, { headers: { authorization } })
    expect([answer.status, answer.body['code']]).toEqual([
      401,
      authorization.startsWith('Basic') ? 'authentication_required' : 'invalid_token',
    ])
  })
})

describe('ids of another organization (AD-04)', () => {
  changesNothing(() => here)

  const withIds = ofOrganizations.filter(({ path }) => /\{(?!org|environment)\w+\}/.test(path))

  it.each(named(withIds))('%s of one organization under the other’s address is 404', async (_name, operation) => {
    expectNotFound(await send(admin, operation, { ...here.ids, org: there.ids.org }))
  })

  it.each(named(ofOrganizations))('%s by an owner of the other organization is 404', async (_name, operation) => {
    expectNotFound(await send(ownerThere, operation, here.ids))
  })

  it.each(named(ofOrganizations))('%s of an organization that does not exist is 404', async (_name, operation) => {
    expectNotFound(await send(admin, operation, { ...here.ids, org: 'nobody-here' }))
  })

  it('in a body is as unknown as any: a provider, an API, an application of the other organization', async () => {
    const app = '/v1/orgs/border/applications'
    const provider = await admin.send('applications', 'POST', app, { name: 'x', identityProviders: [there.ids.idp] })
    expectProblem(provider, {
      status: 422,
      code: 'identity_provider_unknown',
      title: 'The organization has no such identity provider',
      errors: [{ pointer: '/identityProviders/0', detail: expect.any(String) as unknown }],
    })
    const bound = await admin.send('applications', 'POST', `${app}/app1/bindings`, {
      identityProvider: there.ids.idp,
      environment: 'production',
      clientId: 'x',
    })
    expect([bound.status, bound.body['code']]).toEqual([422, 'identity_provider_unknown'])
    const subscribed = await admin.send('applications', 'POST', `${app}/app1/subscriptions`, { api: there.ids.api })
    expectProblem(subscribed, {
      status: 422,
      code: 'reference_unknown',
      title: 'Something that the content refers to does not exist',
      errors: [{ pointer: '/api', detail: 'is no API of this organization' }],
    })
    const developer = await admin.send('applications', 'POST', '/v1/orgs/border/admin-clients', {
      name: 'x',
      role: 'developer',
      applications: [there.ids.application],
    })
    expect([developer.status, developer.body['code']]).toEqual([422, 'reference_unknown'])
  })
})

describe('a stale If-Match (AD-16)', () => {
  changesNothing(() => here)

  it.each(named(ofOrganizations.filter(({ takesIfMatch }) => takesIfMatch)))('of %s is 412', async (_name, operation) => {
    for (const tag of ['"999999"', 'W/"1"']) {
      const answer = await send(admin, operation, here.ids, { 'if-match': tag })
      expectProblem(answer, {
        status: 412,
        code: 'stale_revision',
        title: 'The resource has another revision than If-Match says',
        ...(answer.body['detail'] === undefined ? {} : { detail: expect.any(String) as unknown }),
      })
    }
  })

  it.each(named(ofOrganizations.filter(({ method }) => method === 'PATCH' || method === 'DELETE')))(
    '%s knows If-Match',
    (_name, operation) => {
      expect(operation.takesIfMatch).toBe(true)
    },
  )

  it.each(['1', 'abc', '"1', ''])('that is no entity tag (%s) is 400', async (tag) => {
    const answer = await admin.send('applications', 'PATCH', '/v1/orgs/border/applications/app1', {}, { 'if-match': tag })
    expectProblem(answer, {
      status: 400,
      code: 'malformed_header',
      title: 'A header cannot be read',
      detail: 'If-Match must be * or a list of entity tags.',
    })
  })
})

describe('content that is not known here', () => {
  changesNothing(() => here)

  const withBody = ofOrganizations.filter(({ method, path }) => acceptableBody(method, path) !== undefined)

  it.each(named(withBody))('%s with an unknown field is 422 and names it (AD-05)', async (_name, { service, method, path }) => {
    const fields = ['tenantId', '_id', 'rev', 'constructor', 'prototype']
    const unknown = Object.fromEntries(fields.map((field) => [field, 'x']))
    const answer = await admin.send(service, method, filledIn(path, here.ids), { ...acceptableBody(method, path), ...unknown })
    expectProblem(answer, {
      status: 422,
      code: 'invalid_content',
      title: 'The content is not valid',
      errors: fields.map((field) => ({ pointer: `/${field}`, detail: 'is not known here' })),
    })
  })

  it.each(named(withBody))('%s with members of another type is 422 and names each', async (_name, { service, method, path }) => {
    const members = Object.keys(acceptableBody(method, path) ?? {})
    const wrong = Object.fromEntries(members.map((member) => [member, { wrong: ['type'] }]))
    if (members.length === 0) return
    const answer = await admin.send(service, method, filledIn(path, here.ids), wrong)
    expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_content'])
    const pointers = (answer.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer.split('/')[1])
    expect([...new Set(pointers)].filter((member) => member !== 'wrong').sort()).toEqual(members.sort())
  })

  it.each(named(withBody))('%s with a list or nothing for its object is refused', async (_name, { service, method, path }) => {
    for (const json of [[], null]) {
      const answer = await admin.send(service, method, filledIn(path, here.ids), json)
      expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_content'])
    }
  })

  it.each([
    ['{"name": ', 'malformed_json', 400],
    ['{"__proto__": {"name": "a"}}', 'malformed_json', 400],
  ])('%s cannot be read', async (body, code, status) => {
    const answer = await call(`${urls.applications}/v1/orgs/border/applications`, {
      bearer: admin.token,
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
  })

  it('of another media type is 415, and too much of it 413', async () => {
    const url = `${urls.applications}/v1/orgs/border/applications`
    const xml = await call(url, { bearer: admin.token, body: '<a/>', headers: { 'content-type': 'application/xml' } })
    expectProblem(xml, { status: 415, code: 'unsupported_media_type', title: 'The media type of the body is not supported' })
    const large = await call(url, { bearer: admin.token, json: { name: 'x'.repeat(2 * 1024 * 1024) } })
    expectProblem(large, { status: 413, code: 'content_too_large', title: 'The body is too large' })
  })

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=', 'cursor=nonsense', 'unknown=1'])(
    'in the query of a list (%s) is refused',
    async (query) => {
      for (const [service, path] of [
        ['applications', '/applications'],
        ['applications', '/apis'],
        ['idp-registry', '/identity-providers'],
      ] as const) {
        const answer = await admin.get(service, `/v1/orgs/border${path}?${query}`)
        expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_content'])
      }
    },
  )
})

it('nothing that the stack wrote holds a secret or token of these tests', () => {
  expect(secretsOnDisk(dataDirectory).found).toEqual([])
})
