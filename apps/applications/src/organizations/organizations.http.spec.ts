import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from '../testing/running-applications.js'

interface Organization {
  readonly id: string
  readonly rev: number
  readonly handle: string
  readonly name: string
}

describe('/v1/orgs', () => {
  let running: RunningApplications
  let owner: TestCaller

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner } = await running.organization('t1'))
    await running.organization('t2')
  })

  afterAll(async () => {
    await running.stop()
  })

  const handles = async (query: string, as?: TestCaller): Promise<string[]> => {
    const page = await running.expecting<{ items: Organization[] }>(200, 'GET', `/v1/orgs${query}`, as === undefined ? {} : { as })
    return page.items.map(({ handle }) => handle)
  }

  it('begins with the organization `default`', async () => {
    expect(await running.expecting<Organization>(200, 'GET', '/v1/orgs/default')).toEqual({
      id: expect.stringMatching(/^org_/) as string,
      rev: 1,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      handle: 'default',
      name: 'Default',
    })
  })

  it('creates one with its address and revision', async () => {
    const answer = await running.call('POST', '/v1/orgs', { json: { handle: 'acme', name: 'Acme' } })
    expect(answer.status).toBe(201)
    expect(answer.headers).toMatchObject({ location: '/v1/orgs/acme', etag: '"1"' })
    expect(answer.json()).toMatchObject({ handle: 'acme', name: 'Acme', rev: 1 })
  })

  it.each([
    [
      { handle: 't1', name: 'X' },
      aRefusal('handle_exists', { errors: [{ pointer: '/handle', detail: 'belongs to another organization' }] }),
    ],
    [{ handle: 'ietf', name: 'X' }, aRefusal('handle_reserved', { errors: [{ pointer: '/handle', detail: 'is reserved' }] })],
    [{ handle: 'oauth', name: 'X' }, aRefusal('handle_reserved', { errors: [{ pointer: '/handle', detail: 'is reserved' }] })],
    [{ handle: 'cambio', name: 'X' }, aRefusal('handle_reserved', { errors: [{ pointer: '/handle', detail: 'is reserved' }] })],
  ])('refuses %j', async (json, refusal) => {
    expect(refusalOf(await running.call('POST', '/v1/orgs', { json }))).toEqual(refusal)
  })

  it.each(['-a', 'a-', 'A1', 'a', 'a_b', 'a'.repeat(33), ''])('refuses the handle %j', async (handle) => {
    expect(refusalOf(await running.call('POST', '/v1/orgs', { json: { handle, name: 'X' } }))).toMatchObject({
      status: 422,
      body: { code: 'invalid_content', errors: [{ pointer: '/handle' }] },
    })
  })

  it('refuses an id, a role or a tenant in the body (AD-05)', async () => {
    const json = { handle: 'sneaky', name: 'X', _id: 'org_1', tenantId: 't2', role: 'platform' }
    expect(refusalOf(await running.call('POST', '/v1/orgs', { json }))).toEqual(
      aRefusal('invalid_content', {
        errors: ['_id', 'tenantId', 'role'].map((name) => ({ pointer: `/${name}`, detail: 'is not known here' })),
      }),
    )
    expect((await running.call('GET', '/v1/orgs/sneaky')).status).toBe(404)
  })

  it('lets platform administrators alone create and rename them', async () => {
    const json = { handle: 'mine', name: 'Mine' }
    expect(refusalOf(await running.call('POST', '/v1/orgs', { as: owner, json }))).toEqual(aRefusal('platform_only'))
    expect(refusalOf(await running.call('PATCH', '/v1/orgs/t1', { as: owner, json: { name: 'Mine' } }))).toEqual(aRefusal('platform_only'))
  })

  it('shows an organization’s own client its own one only, and the others as if they did not exist (AD-04)', async () => {
    expect(await handles('', owner)).toEqual(['t1'])
    expect(await handles('?q=other', owner)).toEqual([])
    expect((await running.call('GET', '/v1/orgs/t1', { as: owner })).status).toBe(200)
    expect(refusalOf(await running.call('GET', '/v1/orgs/t2', { as: owner }))).toEqual(aRefusal('not_found'))
    expect(refusalOf(await running.call('GET', '/v1/orgs/never-there', { as: owner }))).toEqual(aRefusal('not_found'))
  })

  it('needs a token (AD-01), whatever the method', async () => {
    expect(refusalOf(await running.call('GET', '/v1/orgs', { as: 'nobody' }))).toEqual(aRefusal('authentication_required'))
    expect(refusalOf(await running.call('POST', '/v1/orgs', { as: 'nobody', json: {} }))).toEqual(aRefusal('authentication_required'))
    expect((await running.call('HEAD', '/v1/orgs', { as: 'nobody' })).status).toBe(401)
  })

  it('renames, and never changes a handle', async () => {
    const before = await running.expecting<Organization>(200, 'GET', '/v1/orgs/t2')
    const renamed = await running.expecting<Organization>(200, 'PATCH', '/v1/orgs/t2', { json: { name: 'Second' } })
    expect(renamed).toMatchObject({ handle: 't2', name: 'Second', rev: before.rev + 1 })
    expect(refusalOf(await running.call('PATCH', '/v1/orgs/t2', { json: { handle: 't3' } }))).toEqual(
      aRefusal('handle_immutable', { errors: [{ pointer: '/handle', detail: 'cannot be changed' }] }),
    )
  })

  it('refuses a stale If-Match, and nothing has changed (AD-16)', async () => {
    const { rev, name } = await running.expecting<Organization>(200, 'GET', '/v1/orgs/t1')
    const answer = await running.call('PATCH', '/v1/orgs/t1', { json: { name: 'Late' }, headers: { 'if-match': `"${rev + 1}"` } })
    expect(refusalOf(answer)).toEqual(
      aRefusal('stale_revision', { detail: 'The organization has changed since the revision in If-Match; read it again.' }),
    )
    expect(await running.expecting(200, 'GET', '/v1/orgs/t1')).toMatchObject({ rev, name })
    await running.expecting(200, 'PATCH', '/v1/orgs/t1', { json: { name }, headers: { 'if-match': `"${rev}"` } })
  })

  it('gives the same answer to a repeated request, and there is one entity (AD-17)', async () => {
    const call = { json: { handle: 'once', name: 'Once' }, headers: { 'idempotency-key': 'key-1' } }
    const first = await running.call('POST', '/v1/orgs', call)
    const second = await running.call('POST', '/v1/orgs', call)
    expect([first.status, second.status, second.text]).toEqual([201, 201, first.text])
    expect(refusalOf(await running.call('POST', '/v1/orgs', { ...call, json: { handle: 'twice', name: 'Twice' } }))).toEqual(
      aRefusal('idempotency_key_reused'),
    )
    expect(await handles('?q=once')).toEqual(['once'])
  })

  it('lists page by page, and by the beginning of a name in any case', async () => {
    const all = await handles('?limit=100')
    const walked: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '?limit=2' : `?limit=2&cursor=${encodeURIComponent(cursor)}`
      const page = await running.expecting<{ items: Organization[]; nextCursor: string | null }>(200, 'GET', `/v1/orgs${query}`)
      walked.push(...page.items.map(({ handle }) => handle))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(walked).toEqual(all)
    expect(await handles('?q=ACM')).toEqual(['acme'])
    expect(refusalOf(await running.call('GET', '/v1/orgs?cursor=x'))).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '#/query/cursor', detail: 'must be the nextCursor of such a list' }] }),
    )
  })
})
