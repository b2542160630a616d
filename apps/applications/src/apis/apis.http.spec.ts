import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from '../testing/running-applications.js'

interface Api {
  readonly id: string
  readonly rev: number
  readonly status: string
}

describe('/v1/orgs/{org}/apis', () => {
  let running: RunningApplications
  let as: TestCaller
  const path = '/v1/orgs/t1/apis'
  let made = 0

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: as } = await running.organization('t1'))
  })

  afterAll(async () => {
    await running.stop()
  })

  /** The body of an API that nothing else collides with. */
  const aDraft = (more: Readonly<Record<string, unknown>> = {}) => {
    made += 1
    return { name: `Orders ${made}`, handle: `orders-${made}`, context: `orders-${made}`, version: 'v1', ...more }
  }

  const make = async (more: Readonly<Record<string, unknown>> = {}): Promise<Api & { readonly handle: string }> =>
    running.expecting(201, 'POST', path, { as, json: aDraft(more) })

  it('answers a new API whole', async () => {
    const answer = await running.call('POST', path, {
      as,
      json: {
        name: 'Books',
        handle: 'books',
        context: '/books',
        version: '1.0.0',
        endpoints: { sandbox: 'https://books.test' },
        scopes: [{ name: 'books_add', description: 'Add a book' }],
        resources: [
          { method: 'POST', path: '/books', scopes: ['books_add'] },
          { method: 'GET', path: '/books' },
        ],
      },
    })
    const body = answer.json() as Api
    expect(answer.headers.location).toBe(`${path}/${body.id}`)
    expect({ status: answer.status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^api_/) as string,
        rev: 1,
        createdAt: expect.any(String) as string,
        updatedAt: expect.any(String) as string,
        name: 'Books',
        handle: 'books',
        identifier: 'urn:t1:books',
        context: 'books',
        version: '1.0.0',
        status: 'CREATED',
        endpoints: { sandbox: 'https://books.test' },
        scopes: [{ name: 'books_add', description: 'Add a book', fullyQualifiedName: 'urn:t1:books:books_add' }],
        resources: [
          { method: 'POST', path: '/books', scopes: ['books_add'] },
          { method: 'GET', path: '/books', scopes: [] },
        ],
      },
    })
    expect(await running.expecting(200, 'GET', `${path}/books`, { as })).toEqual(body)
    expect(await running.expecting(200, 'GET', `${path}/${body.id}`, { as })).toEqual(body)
  })

  it('keeps handles and (context, version) apart within the organization, not between organizations', async () => {
    const first = aDraft()
    await running.expecting(201, 'POST', path, { as, json: first })
    expect(refusalOf(await running.call('POST', path, { as, json: { ...aDraft(), handle: first.handle } }))).toEqual(
      aRefusal('handle_exists', { errors: [{ pointer: '/handle', detail: 'belongs to another API' }] }),
    )
    expect(refusalOf(await running.call('POST', path, { as, json: { ...aDraft(), context: first.context } }))).toEqual(
      aRefusal('context_exists', { errors: [{ pointer: '/context', detail: 'and this version belong to another API' }] }),
    )
    await running.expecting(201, 'POST', path, { as, json: { ...aDraft(), context: first.context, version: 'v2' } })
    const { owner } = await running.organization('t2')
    expect(await running.expecting(201, 'POST', '/v1/orgs/t2/apis', { as: owner, json: first })).toMatchObject({
      identifier: `urn:t2:${first.handle}`,
    })
  })

  it('takes resources and scopes from an OpenAPI document', async () => {
    const openapi = {
      openapi: '3.1.0',
      info: { title: 'Orders', version: '1' },
      components: { securitySchemes: { oauth: { type: 'oauth2', flows: { clientCredentials: { scopes: { read: 'Read' } } } } } },
      paths: { '/orders': { get: { security: [{ oauth: ['read'] }] } } },
    }
    const { handle, ...api } = await make({ openapi })
    expect(api).toMatchObject({
      scopes: [{ name: 'read', description: 'Read', fullyQualifiedName: `urn:t1:${handle}:read` }],
      resources: [{ method: 'GET', path: '/orders', scopes: ['read'] }],
    })
    const undeclared = await running.call('POST', path, { as, json: aDraft({ openapi, scopes: [{ name: 'write' }] }) })
    expect(refusalOf(undeclared)).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '/resources/0/scopes/0', detail: 'is no scope of this API: read' }] }),
    )
  })

  it('changes by merge patch, keeps the handle, and refuses what would not hold together', async () => {
    const { handle, rev } = await make({
      endpoints: { production: 'https://a.test', sandbox: 'https://b.test' },
      scopes: [{ name: 'read' }, { name: 'write' }],
      resources: [{ method: 'GET', path: '/a', scopes: ['write'] }],
    })
    const patched = await running.expecting(200, 'PATCH', `${path}/${handle}`, {
      as,
      json: { name: 'Renamed', endpoints: { sandbox: null } },
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': `"${rev}"` },
    })
    expect(patched).toMatchObject({ name: 'Renamed', endpoints: { production: 'https://a.test' }, rev: rev + 1 })
    expect(refusalOf(await running.call('PATCH', `${path}/${handle}`, { as, json: { handle: 'other' } }))).toEqual(
      aRefusal('handle_immutable', { errors: [{ pointer: '/handle', detail: 'cannot be changed' }] }),
    )
    expect(refusalOf(await running.call('PATCH', `${path}/${handle}`, { as, json: { scopes: [{ name: 'read' }] } }))).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '/resources/0/scopes/0', detail: 'is no scope of this API: write' }] }),
    )
    expect(refusalOf(await running.call('PATCH', `${path}/${handle}`, { as, json: { status: 'PUBLISHED' } }))).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '/status', detail: 'is not known here' }] }),
    )
    expect(await running.expecting(200, 'GET', `${path}/${handle}`, { as })).toEqual(patched)
  })

  it('refuses a stale If-Match, and nothing has changed (AD-16)', async () => {
    const { handle } = await make()
    const before = await running.expecting(200, 'GET', `${path}/${handle}`, { as })
    const stale = { as, headers: { 'if-match': '"7"' } }
    const refusal = aRefusal('stale_revision', { detail: 'The API has changed since the revision in If-Match; read it again.' })
    expect(refusalOf(await running.call('PATCH', `${path}/${handle}`, { ...stale, json: { name: 'Late' } }))).toEqual(refusal)
    expect(refusalOf(await running.call('POST', `${path}/${handle}/publish`, stale))).toEqual(refusal)
    expect(refusalOf(await running.call('DELETE', `${path}/${handle}`, stale))).toEqual(refusal)
    expect(await running.expecting(200, 'GET', `${path}/${handle}`, { as })).toEqual(before)
  })

  it('goes through its life, and no other way', async () => {
    const { handle } = await make()
    const step = async (name: string): Promise<unknown> => {
      const answer = await running.call('POST', `${path}/${handle}/${name}`, { as })
      return (answer.json() as { status: unknown }).status
    }
    expect(refusalOf(await running.call('POST', `${path}/${handle}/retire`, { as }))).toEqual(
      aRefusal('api_state', { detail: 'An API that is CREATED cannot be moved to RETIRED; that needs PUBLISHED or DEPRECATED.' }),
    )
    expect([await step('publish'), await step('publish'), await step('deprecate'), await step('retire'), await step('publish')]).toEqual([
      'PUBLISHED',
      409,
      'DEPRECATED',
      'RETIRED',
      409,
    ])
  })

  it('is not deleted while an application is subscribed, which it names', async () => {
    const { handle, id } = await make()
    await running.expecting(200, 'POST', `${path}/${handle}/publish`, { as })
    const shop = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: 'shop' } })
    const subscriptions = '/v1/orgs/t1/applications/shop/subscriptions'
    const { id: subscription } = await running.expecting<{ id: string }>(201, 'POST', subscriptions, { as, json: { api: handle } })
    await running.expecting(200, 'PATCH', `${subscriptions}/${subscription}`, { as, json: { status: 'BLOCKED' } })
    expect(refusalOf(await running.call('DELETE', `${path}/${id}`, { as }))).toEqual(
      aRefusal('api_in_use', {
        detail: 'Applications are subscribed to this API; end their subscriptions first.',
        applications: [{ id: shop.id, name: 'shop' }],
      }),
    )
    await running.expecting(204, 'DELETE', `${subscriptions}/${subscription}`, { as })
    await running.expecting(204, 'DELETE', `${path}/${id}`, { as })
    expect(refusalOf(await running.call('GET', `${path}/${handle}`, { as }))).toEqual(
      aRefusal('not_found', { detail: 'There is no such API.' }),
    )
  })

  it('is written by owners and editors, and read by all roles (AD-02)', async () => {
    const roles = ['editor', 'viewer', 'developer'] as const
    const statuses = await Promise.all(
      roles.map(async (role) => {
        const caller = await running.adminClient('/v1/orgs/t1', role)
        const written = await running.call('POST', path, { as: caller, json: aDraft() })
        const read = await running.call('GET', path, { as: caller })
        return [role, written.status, read.status]
      }),
    )
    expect(statuses).toEqual([
      ['editor', 201, 200],
      ['viewer', 403, 200],
      ['developer', 403, 200],
    ])
  })
})
