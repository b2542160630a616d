import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi, type ApiAnswer } from './world/admin-api.js'
import { contentOf, populatedOrganization, type PopulatedOrganization } from './world/populated-organization.js'
import { expectProblem } from './world/problems.js'
import { secretsOnDisk } from './world/secrets.js'
import { sharedStack } from './world/shared.js'

const { urls, admin: credential, dataDirectory, providers } = sharedStack()

type Service = 'applications' | 'idp-registry'

let admin: AdminApi
let here: PopulatedOrganization

const at = (rest: string): string => here.org.path(rest)
const text: unknown = expect.stringMatching(/\w.*\.$/)

const aProvider = (more: object) => ({
  name: 'another-idp',
  wellKnownUrl: `${providers[1].issuer}/.well-known/openid-configuration`,
  allowedAudiences: ['a'],
  ...more,
})

/** Sends what has to be refused, and sees that nothing has changed. */
async function refused(service: Service, method: string, path: string, json?: unknown): Promise<ApiAnswer> {
  const before = await contentOf(here)
  const answer = await admin.send(service, method, path, json)
  expect(await contentOf(here)).toEqual(before)
  return answer
}

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
  here = await populatedOrganization(admin, 'conflicts', providers[0])
})

describe('what is taken', () => {
  it('the name of a provider', async () => {
    expectProblem(await refused('idp-registry', 'POST', at('/identity-providers'), aProvider({ name: 'main-idp' })), {
      status: 409,
      code: 'name_exists',
      title: 'The name is taken',
      errors: [{ pointer: '/name', detail: 'is the name of another identity provider' }],
    })
  })

  it('the issuer of a provider, which another organization may have too (DR-32)', async () => {
    const wellKnownUrl = `${providers[0].issuer}/.well-known/openid-configuration`
    expectProblem(await refused('idp-registry', 'POST', at('/identity-providers'), aProvider({ wellKnownUrl })), {
      status: 409,
      code: 'issuer_exists',
      title: 'Another identity provider of the organization has this issuer',
      errors: [{ pointer: '/issuer', detail: `${providers[0].issuer} is registered already` }],
    })
    const elsewhere = await populatedOrganization(admin, 'conflicts-two', providers[0])
    expect(elsewhere.ids.idp).not.toBe(here.ids.idp)
  })

  it('our own issuer, for any provider', async () => {
    const own = { issuer: urls['token-service'], jwksUri: `${urls['token-service']}/oauth2/jwks`, wellKnownUrl: undefined }
    const answer = await refused('idp-registry', 'POST', at('/identity-providers'), aProvider(own))
    expect([answer.status, answer.body['code']]).toEqual([422, 'issuer_reserved'])
  })

  it.each([
    ['handle of an organization', '/v1/orgs', { handle: 'conflicts', name: 'x' }, 'handle_exists', 'The handle is taken'],
    ['name of an application', '/v1/orgs/conflicts/applications', { name: 'app1' }, 'name_exists', 'The name is taken'],
    [
      'handle of an API',
      '/v1/orgs/conflicts/apis',
      { name: 'x', handle: 'orders', context: 'x', version: 'v1' },
      'handle_exists',
      'The handle is taken',
    ],
    [
      'context and version of an API',
      '/v1/orgs/conflicts/apis',
      { name: 'x', handle: 'other', context: 'orders', version: 'v1' },
      'context_exists',
      'Another API has this context and version',
    ],
    [
      'environment of an application’s keys',
      '/v1/orgs/conflicts/applications/app1/keys/production',
      {},
      'keys_exist',
      'The application has keys for this environment',
    ],
    [
      'API of a subscription',
      '/v1/orgs/conflicts/applications/app1/subscriptions',
      { api: 'orders' },
      'already_subscribed',
      'The application is subscribed to this API',
    ],
    [
      'client id of a provider',
      '/v1/orgs/conflicts/applications/app1/bindings',
      { identityProvider: 'main-idp', environment: 'sandbox', clientId: 'web-shop' },
      'client_id_bound',
      'Another application has bound this client id',
    ],
  ])('the %s', async (_what, path, json, code, title) => {
    const answer = await refused('applications', 'POST', path, json)
    const { detail, errors } = answer.body
    const members: unknown = expect.stringMatching(new RegExp(`^/(${Object.keys(json).join('|')})$`))
    expectProblem(answer, {
      status: 409,
      code,
      title,
      ...(detail === undefined ? {} : { detail: text }),
      ...(errors === undefined ? {} : { errors: [{ pointer: members, detail: expect.any(String) as unknown }] }),
    })
    expect(detail ?? errors).toBeDefined()
  })

  it.each(['cambio', 'ietf', 'oauth'])('the reserved handle %s', async (handle) => {
    expectProblem(await refused('applications', 'POST', '/v1/orgs', { handle, name: 'x' }), {
      status: 422,
      code: 'handle_reserved',
      title: 'The handle is reserved',
      errors: [{ pointer: '/handle', detail: expect.any(String) as unknown }],
    })
  })
})

describe('what cannot be changed', () => {
  it.each([
    ['idp-registry', '/identity-providers/main-idp', { name: 'renamed' }, 'name_immutable', 'The name cannot be changed'],
    ['idp-registry', '/identity-providers/main-idp', { name: null }, 'name_immutable', 'The name cannot be changed'],
    ['applications', '/apis/orders', { handle: 'renamed' }, 'handle_immutable', 'The handle cannot be changed'],
    ['applications', '', { handle: 'renamed' }, 'handle_immutable', 'The handle cannot be changed'],
  ] as const)('%s %s %j', async (service, path, json, code, title) => {
    const answer = await refused(service, 'PATCH', at(path), json)
    const { errors } = answer.body
    expectProblem(answer, { status: 422, code, title, ...(errors === undefined ? {} : { errors }) })
  })
})

describe('what is in use', () => {
  it('a provider, by the applications that are named', async () => {
    const answer = await refused('idp-registry', 'DELETE', at('/identity-providers/main-idp'))
    expectProblem(answer, {
      status: 409,
      code: 'idp_in_use',
      title: 'Applications have bound clients of this identity provider',
      applications: [{ id: here.ids.application, name: 'app1' }],
    })
  })

  it('an API, by the applications that are named', async () => {
    expectProblem(await refused('applications', 'DELETE', at('/apis/orders')), {
      status: 409,
      code: 'api_in_use',
      title: 'Applications are subscribed to this API',
      detail: text,
      applications: [{ id: here.ids.application, name: 'app1' }],
    })
  })

  it('the last owner of an organization (AD-14)', async () => {
    const path = at(`/admin-clients/${here.ids.adminClient}`)
    const expected = { status: 409, code: 'last_owner', title: 'The last owner cannot be removed', detail: text }
    expectProblem(await refused('applications', 'DELETE', path), expected)
    expectProblem(await refused('applications', 'PATCH', path, { role: 'viewer' }), expected)
  })

  it('the last platform administrator (AD-14)', async () => {
    const { items } = (await admin.get('applications', '/v1/admin-clients')).body
    expect(items).toMatchObject([{ clientId: 'cambio-admin', role: 'platform' }])
    const answer = await refused('applications', 'DELETE', `/v1/admin-clients/${items[0]!.id}`)
    expect([answer.status, answer.body['code']]).toEqual([409, 'last_owner'])
  })

  it('an API that is not published cannot be subscribed to', async () => {
    await admin.must('applications', 'POST', at('/apis'), { name: 'draft', handle: 'draft', context: 'draft', version: 'v1' })
    expectProblem(await refused('applications', 'POST', at('/applications/app1/subscriptions'), { api: 'draft' }), {
      status: 409,
      code: 'api_not_published',
      title: 'Only a published API can be subscribed to',
      detail: text,
    })
  })

  it('a third secret', async () => {
    const secrets = at('/applications/app1/keys/production/secrets')
    await admin.must('applications', 'POST', secrets, {})
    expectProblem(await refused('applications', 'POST', secrets, {}), {
      status: 409,
      code: 'too_many_secrets',
      title: 'Two secrets are live already',
      detail: text,
    })
  })
})

describe('an Idempotency-Key (AD-17)', () => {
  const key = { 'idempotency-key': 'one-and-the-same' }

  it('gives the same answer again, secret included, and there is one entity', async () => {
    const path = at('/admin-clients')
    const json = { name: 'once', role: 'viewer' }
    const first = await admin.send('applications', 'POST', path, json, key)
    const again = await admin.send('applications', 'POST', path, json, key)
    expect(first.status).toBe(201)
    expect(again).toMatchObject({
      status: 201,
      body: first.body,
      headers: { location: first.headers['location'], etag: first.headers['etag'], 'idempotency-replayed': 'true' },
    })
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    const { items } = (await admin.get('applications', path)).body
    expect(items.filter(({ name }) => name === 'once')).toHaveLength(1)
  })

  it('sent many times at once makes one entity', async () => {
    const attempts = Array.from({ length: 8 }, () =>
      admin.send('applications', 'POST', at('/applications'), { name: 'at once' }, { 'idempotency-key': 'many' }),
    )
    const answers = await Promise.all(attempts)
    for (const { status, body } of answers)
      expect([201, body['code']]).toEqual([201, status === 201 ? undefined : 'idempotency_in_progress'])
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1)
  })

  it('with another body is refused', async () => {
    const again = await admin.send('applications', 'POST', at('/admin-clients'), { name: 'twice', role: 'viewer' }, key)
    expectProblem(again, {
      status: 422,
      code: 'idempotency_key_reused',
      title: 'The Idempotency-Key belongs to another request',
    })
  })

  it('of a refused request can be used for the corrected one', async () => {
    const own = { 'idempotency-key': 'corrected' }
    expect((await admin.send('applications', 'POST', at('/applications'), { name: '' }, own)).status).toBe(422)
    expect((await admin.send('applications', 'POST', at('/applications'), { name: 'corrected' }, own)).status).toBe(201)
  })

  it.each(['', 'ä', 'x'.repeat(256)])('that is none (%s) is 400', async (value) => {
    const answer = await admin.send('applications', 'POST', at('/applications'), { name: 'x' }, { 'idempotency-key': value })
    expect([answer.status, answer.body['code']]).toEqual([400, 'malformed_header'])
  })
})

it('nothing that the stack wrote holds a secret or token of these tests', () => {
  expect(secretsOnDisk(dataDirectory).found).toEqual([])
})
