import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from '../testing/running-applications.js'

interface Application {
  readonly id: string
  readonly rev: number
  readonly name: string
}

interface List {
  readonly items: readonly Application[]
  readonly nextCursor: string | null
}

describe('/v1/orgs/{org}/applications', () => {
  let running: RunningApplications
  let as: TestCaller
  let org: string
  const path = '/v1/orgs/t1/applications'

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: as, id: org } = await running.organization('t1'))
  })

  afterAll(async () => {
    await running.stop()
  })

  const make = async (name: string, more: Readonly<Record<string, unknown>> = {}): Promise<Application> =>
    running.expecting(201, 'POST', path, { as, json: { name, ...more } })

  it('answers a new one whole, by id and by name', async () => {
    const answer = await running.call('POST', path, { as, json: { name: 'Web shop', description: 'Sells' } })
    const body = answer.json() as Application
    expect(answer.headers).toMatchObject({ location: `${path}/${body.id}`, etag: '"1"' })
    expect(body).toEqual({
      id: expect.stringMatching(/^app_/) as string,
      rev: 1,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      name: 'Web shop',
      description: 'Sells',
    })
    expect(await running.expecting(200, 'GET', `${path}/${body.id}`, { as })).toEqual(body)
    expect(await running.expecting(200, 'GET', `${path}/Web%20shop`, { as })).toEqual(body)
  })

  it('keeps names apart within the organization', async () => {
    const { id } = await make('taken')
    const refusal = aRefusal('name_exists', { errors: [{ pointer: '/name', detail: 'belongs to another application' }] })
    expect(refusalOf(await running.call('POST', path, { as, json: { name: 'taken' } }))).toEqual(refusal)
    const other = await make('free')
    expect(refusalOf(await running.call('PATCH', `${path}/${other.id}`, { as, json: { name: 'taken' } }))).toEqual(refusal)
    await running.expecting(204, 'DELETE', `${path}/${id}`, { as })
    await make('taken')
  })

  it.each(['', ' a', 'a ', 'a\nb', 'a\u202eb', 'x'.repeat(101), `app_${'0'.repeat(32)}`])('refuses the name %j', async (name) => {
    expect(refusalOf(await running.call('POST', path, { as, json: { name } }))).toMatchObject({
      status: 422,
      body: { code: 'invalid_content', errors: [{ pointer: '/name' }] },
    })
  })

  it('resolves the identity providers that it may use, and refuses unknown ones by their places', async () => {
    const okta = running.neighbours.providers.add(org, { name: 'resolved' })
    expect(await make('limited', { identityProviders: ['resolved', okta.id] })).toMatchObject({ identityProviders: [okta.id] })
    const foreign = running.neighbours.providers.add('org_00000000000000000000000000000002', { name: 'foreign' })
    const refused = await running.call('POST', path, { as, json: { name: 'y', identityProviders: ['resolved', 'nope', foreign.id] } })
    const detail = 'is no identity provider of this organization'
    expect(refusalOf(refused)).toEqual(
      aRefusal('identity_provider_unknown', {
        errors: [
          { pointer: '/identityProviders/1', detail },
          { pointer: '/identityProviders/2', detail },
        ],
      }),
    )
  })

  it('tells an empty list (none) from none given (all), through patches too', async () => {
    running.neighbours.providers.add(org, { name: 'kept' })
    const { id } = await make('lists')
    const patch = async (json: unknown): Promise<unknown> => running.expecting(200, 'PATCH', `${path}/${id}`, { as, json })
    expect(await patch({ identityProviders: [] })).toMatchObject({ identityProviders: [] })
    expect(await patch({ description: 'still none' })).toMatchObject({ identityProviders: [] })
    expect(await patch({ identityProviders: null, description: null })).toEqual({
      id,
      rev: 4,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      name: 'lists',
    })
  })

  it('is tried again later when nobody can say whether an identity provider exists, and nothing has changed', async () => {
    await running.neighbours.stopRegistry()
    try {
      const answer = await running.call('POST', path, { as, json: { name: 'unresolved', identityProviders: ['okta'] } })
      expect(refusalOf(answer)).toEqual(
        aRefusal('unavailable', { detail: 'The registry of identity providers does not answer; nothing has changed.' }),
      )
      expect(answer.headers['retry-after']).toBe('2')
      expect((await running.call('GET', `${path}/unresolved`, { as })).status).toBe(404)
      await make('needs no registry')
    } finally {
      await running.neighbours.serveRegistry()
    }
  })

  it('shows a developer its own applications alone, and lets it change those', async () => {
    const mine = await make('mine')
    const mineToo = await make('mine too')
    const { id: other } = await make('not mine')
    const developer = await running.adminClient('/v1/orgs/t1', 'developer', [mine.id, mineToo.id])
    const list = async (query: string): Promise<List> => running.expecting(200, 'GET', `${path}${query}`, { as: developer })
    expect((await list('')).items.map(({ name }) => name)).toEqual(['mine', 'mine too'])
    const first = await list('?limit=1')
    expect((await list(`?limit=1&cursor=${first.nextCursor ?? ''}`)).items.map(({ name }) => name)).toEqual(['mine too'])
    expect((await list('?q=MINE%20T')).items.map(({ name }) => name)).toEqual(['mine too'])
    await running.expecting(200, 'PATCH', `${path}/mine`, { as: developer, json: { description: 'changed' } })
    for (const address of [`${path}/${other}`, `${path}/not%20mine`, `${path}/${other}/bindings`, `${path}/${other}/keys/production`]) {
      expect(refusalOf(await running.call('GET', address, { as: developer }))).toEqual(
        aRefusal('not_found', { detail: 'There is no such application.' }),
      )
    }
    expect(refusalOf(await running.call('POST', path, { as: developer, json: { name: 'another' } }))).toEqual(
      aRefusal('insufficient_scope', { detail: 'A developer works on the applications that it was given.' }),
    )
  })

  it('refuses a stale If-Match, and nothing has changed (AD-16)', async () => {
    const { id } = await make('stale')
    const before = await running.expecting(200, 'GET', `${path}/${id}`, { as })
    const headers = { 'if-match': '"9"' }
    const refusal = aRefusal('stale_revision', { detail: 'The application has changed since the revision in If-Match; read it again.' })
    expect(refusalOf(await running.call('PATCH', `${path}/${id}`, { as, headers, json: { name: 'x' } }))).toEqual(refusal)
    expect(refusalOf(await running.call('DELETE', `${path}/${id}`, { as, headers }))).toEqual(refusal)
    expect(await running.expecting(200, 'GET', `${path}/${id}`, { as })).toEqual(before)
  })
})
