import { type IdentityProviderId, listBindings, type OrganizationId } from '@cambio/contracts'
import { eventually } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from '../testing/running-applications.js'

const path = '/v1/orgs/t1/applications'

describe('what an application refers to', () => {
  let running: RunningApplications
  let as: TestCaller
  let org: OrganizationId
  let made = 0

  beforeAll(async () => {
    running = await RunningApplications.start()
    const { owner, id } = await running.organization('t1')
    as = owner
    org = id as OrganizationId
  })

  afterAll(async () => {
    await running.stop()
  })

  const unique = (): string => {
    made += 1
    return `thing-${made}`
  }

  const application = async (more: Readonly<Record<string, unknown>> = {}): Promise<{ id: string; name: string }> =>
    running.expecting(201, 'POST', path, { as, json: { name: unique(), ...more } })

  const publishedApi = async (): Promise<{ id: string; handle: string }> => {
    const handle = unique()
    const json = { name: handle, handle, context: handle, version: 'v1' }
    await running.expecting(201, 'POST', '/v1/orgs/t1/apis', { as, json })
    return running.expecting(200, 'POST', `/v1/orgs/t1/apis/${handle}/publish`, { as })
  }

  describe('bindings', () => {
    it('name an identity provider by id or name, and are answered whole', async () => {
      const idp = running.neighbours.providers.add(org, { name: unique() })
      const { id } = await application()
      const answer = await running.call('POST', `${path}/${id}/bindings`, {
        as,
        json: { identityProvider: idp.name, environment: 'production', clientId: 'client-at-a' },
      })
      const body = answer.json() as { id: string }
      expect(body).toEqual({
        id: expect.stringMatching(/^bnd_/) as string,
        rev: 2,
        createdAt: expect.any(String) as string,
        updatedAt: expect.any(String) as string,
        identityProvider: idp.id,
        environment: 'production',
        clientId: 'client-at-a',
      })
      expect(answer.headers.location).toBe(`${path}/${id}/bindings/${body.id}`)
      expect(await running.expecting(200, 'GET', `${path}/${id}/bindings/${body.id}`, { as })).toEqual(body)
      expect(await running.expecting(200, 'GET', `${path}/${id}/bindings`, { as })).toEqual({ items: [body], nextCursor: null })
    })

    it('give a client id to one application only, in whatever environment, until it is unbound', async () => {
      const idp = running.neighbours.providers.add(org, { name: unique() })
      const other = running.neighbours.providers.add(org, { name: unique() })
      const [first, second] = [await application(), await application()]
      const json = { identityProvider: idp.id, environment: 'production', clientId: 'shared' }
      const bind = async (app: { id: string }, body: unknown = json) =>
        running.call('POST', `${path}/${app.id}/bindings`, { as, json: body })
      const bound = (await bind(first)).json() as { id: string }
      const errors = [{ pointer: '/clientId', detail: 'is bound already' }]
      for (const environment of ['production', 'sandbox']) {
        expect(refusalOf(await bind(second, { ...json, environment }))).toEqual(
          aRefusal('client_id_bound', { detail: 'Another application has bound this client id.', errors }),
        )
        expect(refusalOf(await bind(first, { ...json, environment }))).toEqual(
          aRefusal('client_id_bound', { detail: 'This application has bound this client id already.', errors }),
        )
      }
      expect((await bind(second, { ...json, identityProvider: other.id })).status).toBe(201)
      await running.expecting(204, 'DELETE', `${path}/${first.id}/bindings/${bound.id}`, { as })
      expect((await bind(second)).status).toBe(201)
    })

    it('have one winner when two applications bind one client id at the same time', async () => {
      const idp = running.neighbours.providers.add(org, { name: unique() })
      const apps = [await application(), await application(), await application()]
      const json = { identityProvider: idp.id, environment: 'sandbox', clientId: 'contended' }
      const answers = await Promise.all(apps.map(async ({ id }) => running.call('POST', `${path}/${id}/bindings`, { as, json })))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    })

    it('are refused for an identity provider that does not exist here, or that the application may not use', async () => {
      const idp = running.neighbours.providers.add(org, { name: unique() })
      const { id } = await application({ identityProviders: [] })
      const bind = async (identityProvider: string): Promise<unknown> => {
        const json = { identityProvider, environment: 'production', clientId: 'x' }
        return refusalOf(await running.call('POST', `${path}/${id}/bindings`, { as, json }))
      }
      expect(await bind('nope')).toEqual(
        aRefusal('identity_provider_unknown', {
          errors: [{ pointer: '/identityProvider', detail: 'is no identity provider of this organization' }],
        }),
      )
      expect(await bind(idp.id)).toEqual(
        aRefusal('invalid_content', {
          errors: [{ pointer: '/identityProvider', detail: 'is not among those that this application may use' }],
        }),
      )
    })

    it('are tried again later while the registry is away, and nothing has changed', async () => {
      const { id } = await application()
      await running.neighbours.stopRegistry()
      try {
        const json = { identityProvider: 'okta', environment: 'production', clientId: 'x' }
        expect(refusalOf(await running.call('POST', `${path}/${id}/bindings`, { as, json }))).toEqual(
          aRefusal('unavailable', { detail: 'The registry of identity providers does not answer; nothing has changed.' }),
        )
        expect((await running.call('GET', `${path}/${id}/connection-info/production`, { as })).status).toBe(503)
      } finally {
        await running.neighbours.serveRegistry()
      }
      expect(await running.expecting(200, 'GET', `${path}/${id}/bindings`, { as })).toEqual({ items: [], nextCursor: null })
    })

    it('are told to the registry, which asks before it deletes an identity provider', async () => {
      const idp = running.neighbours.providers.add(org, { name: unique() })
      const app = await application()
      const json = { identityProvider: idp.id, environment: 'production', clientId: 'a' }
      await running.expecting(201, 'POST', `${path}/${app.id}/bindings`, { as, json })
      expect(await running.neighbours.rpc.ask(listBindings, { org, identityProvider: idp.id })).toEqual({
        ok: true,
        value: { applications: [{ id: app.id, name: app.name }] },
      })
    })
  })

  it('is forgotten when an identity provider is deleted, without opening the application to all others', async () => {
    const idp = running.neighbours.providers.add(org, { name: unique() })
    await running.neighbours.publishProvider(org, idp.id)
    const { id } = await application({ identityProviders: [idp.id] })
    const json = { identityProvider: idp.id, environment: 'production', clientId: 'a' }
    await running.expecting(201, 'POST', `${path}/${id}/bindings`, { as, json })
    await running.expecting(201, 'POST', `${path}/${id}/keys/production`, {
      as,
      json: { allowedActors: [{ identityProvider: idp.id, sub: 'bot' }] },
    })
    await running.neighbours.deleteProvider(org, idp.id)
    await eventually(async () => {
      expect(await running.expecting(200, 'GET', `${path}/${id}`, { as })).toMatchObject({ identityProviders: [] })
    })
    expect(await running.expecting(200, 'GET', `${path}/${id}/bindings`, { as })).toMatchObject({ items: [] })
    expect(await running.expecting(200, 'GET', `${path}/${id}/keys/production`, { as })).toMatchObject({ allowedActors: [] })
    const question = { org, identityProvider: idp.id as IdentityProviderId }
    expect(await running.neighbours.rpc.ask(listBindings, question)).toEqual({ ok: true, value: { applications: [] } })
  })

  describe('subscriptions', () => {
    it('name a published API by id or handle, and are answered whole', async () => {
      const api = await publishedApi()
      const { id } = await application()
      const answer = await running.call('POST', `${path}/${id}/subscriptions`, { as, json: { api: api.handle, plan: 'gold' } })
      const body = answer.json() as { id: string }
      expect(body).toEqual({
        id: expect.stringMatching(/^sub_/) as string,
        rev: 2,
        createdAt: expect.any(String) as string,
        updatedAt: expect.any(String) as string,
        api: api.id,
        plan: 'gold',
        status: 'ACTIVE',
      })
      expect(answer.headers.location).toBe(`${path}/${id}/subscriptions/${body.id}`)
      expect(await running.expecting(200, 'GET', `${path}/${id}/subscriptions`, { as })).toEqual({ items: [body], nextCursor: null })
    })

    it('exist once for each API', async () => {
      const api = await publishedApi()
      const { id } = await application()
      await running.expecting(201, 'POST', `${path}/${id}/subscriptions`, { as, json: { api: api.id } })
      expect(refusalOf(await running.call('POST', `${path}/${id}/subscriptions`, { as, json: { api: api.handle } }))).toEqual(
        aRefusal('already_subscribed', { detail: 'This application is subscribed to this API already.' }),
      )
    })

    it('are taken by published APIs alone, and outlive a deprecation', async () => {
      const api = await publishedApi()
      const [early, late] = [await application(), await application()]
      await running.expecting(201, 'POST', `${path}/${early.id}/subscriptions`, { as, json: { api: api.id } })
      await running.expecting(200, 'POST', `/v1/orgs/t1/apis/${api.id}/deprecate`, { as })
      expect(refusalOf(await running.call('POST', `${path}/${late.id}/subscriptions`, { as, json: { api: api.id } }))).toEqual(
        aRefusal('api_not_published', { detail: 'This API is DEPRECATED; only a published one can be subscribed to.' }),
      )
      expect(await running.expecting(200, 'GET', `${path}/${early.id}/subscriptions`, { as })).toMatchObject({
        items: [{ status: 'ACTIVE' }],
      })
    })

    it('are blocked and unblocked, and end', async () => {
      const api = await publishedApi()
      const app = await application()
      const subscriptions = `${path}/${app.id}/subscriptions`
      const { id } = await running.expecting<{ id: string }>(201, 'POST', subscriptions, { as, json: { api: api.id } })
      const patch = async (json: unknown): Promise<unknown> => running.expecting(200, 'PATCH', `${subscriptions}/${id}`, { as, json })
      expect(await patch({ status: 'BLOCKED' })).toMatchObject({ status: 'BLOCKED', plan: 'unlimited' })
      expect(await patch({ status: 'ACTIVE', plan: 'gold' })).toMatchObject({ status: 'ACTIVE', plan: 'gold' })
      const unknown = await running.call('PATCH', `${subscriptions}/${id}`, { as, json: { status: 'PENDING' } })
      expect(refusalOf(unknown)).toMatchObject({ status: 422, body: { code: 'invalid_content', errors: [{ pointer: '/status' }] } })
      await running.expecting(204, 'DELETE', `${subscriptions}/${id}`, { as })
      expect(refusalOf(await running.call('GET', `${subscriptions}/${id}`, { as }))).toEqual(
        aRefusal('not_found', { detail: 'There is no such subscription.' }),
      )
    })

    it('stay blocked for the developer of the application, who neither unblocks nor ends and renews them', async () => {
      const api = await publishedApi()
      const app = await application()
      const subscriptions = `${path}/${app.id}/subscriptions`
      const developer = await running.adminClient('/v1/orgs/t1', 'developer', [app.id])
      const { id } = await running.expecting<{ id: string }>(201, 'POST', subscriptions, { as: developer, json: { api: api.id } })
      await running.expecting(200, 'PATCH', `${subscriptions}/${id}`, { as, json: { status: 'BLOCKED' } })
      const unblocking = await running.call('PATCH', `${subscriptions}/${id}`, { as: developer, json: { status: 'ACTIVE' } })
      expect(refusalOf(unblocking)).toEqual(aRefusal('insufficient_scope', { detail: 'An administrator decides the status.' }))
      expect(refusalOf(await running.call('DELETE', `${subscriptions}/${id}`, { as: developer }))).toEqual(
        aRefusal('insufficient_scope', { detail: 'An administrator has blocked this subscription.' }),
      )
      expect(await running.expecting(200, 'GET', `${subscriptions}/${id}`, { as: developer })).toMatchObject({ status: 'BLOCKED' })
    })

    it('never reach an API of another organization', async () => {
      const { owner } = await running.organization(`other-${unique()}`.slice(0, 32))
      const api = await publishedApi()
      const foreignOrg = (await running.expecting<{ items: { handle: string }[] }>(200, 'GET', '/v1/orgs', { as: owner })).items[0]?.handle
      const foreign = `/v1/orgs/${foreignOrg ?? ''}/applications`
      await running.expecting(201, 'POST', foreign, { as: owner, json: { name: 'x' } })
      for (const name of [api.id, api.handle]) {
        const answer = await running.call('POST', `${foreign}/x/subscriptions`, { as: owner, json: { api: name } })
        expect(refusalOf(answer)).toEqual(
          aRefusal('reference_unknown', { errors: [{ pointer: '/api', detail: 'is no API of this organization' }] }),
        )
      }
    })
  })
})
