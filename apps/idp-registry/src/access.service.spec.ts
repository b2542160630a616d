import { confirmFeedEntryOf, findIdentityProvider, listIdentityProviders, newId, refreshKeySet } from '@cambio/contracts'
import { AppliedProbe, ProcessPresence } from '@cambio/messaging'
import { eventually, hostileIdp, type HostileIdp, keyB, type HttpAnswer, TEST_AUDIENCE } from '@cambio/testing'
import { openSqliteStore } from '@cambio/store'
import { openApiProblems } from '@cambio/service-kit/openapi-testing'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { adminToken } from './testing/neighbours.js'
import { aProblem, type Call, RunningRegistry } from './testing/running-registry.js'

let registry: RunningRegistry
let idp: HostileIdp
let id: string

beforeAll(async () => {
  registry = await RunningRegistry.start()
  idp = await hostileIdp()
  const created = await registry.post(registry.path(), aCreation('first'))
  id = (created.json() as { id: string }).id
})
afterAll(async () => {
  await registry.stop()
  await idp.stop()
})

const aCreation = (name: string) => ({ name, wellKnownUrl: idp.wellKnownUrl, allowedAudiences: [TEST_AUDIENCE] })

interface Recorded {
  readonly action: string
  readonly outcome: string
  readonly clientId?: string
  readonly detail: unknown
}

/** The audit records, read from the database as an auditor would. */
async function recorded(org: string): Promise<readonly Recorded[]> {
  const store = await openSqliteStore({ file: join(registry.dataDirectory, 'idp-registry.db') })
  const page = await store.audit().page(org, { limit: 100 })
  await store.close()
  if (!page.ok) throw new TypeError(page.error.code)
  return page.value.items
}

describe('who may do what', () => {
  const mutations: [string, string][] = [
    ['POST', ''],
    ['POST', '/discover'],
    ['PATCH', '/first'],
    ['DELETE', '/first'],
    ['POST', '/first/enable'],
    ['POST', '/first/disable'],
    ['POST', '/first/check'],
    ['POST', '/first/keys/refresh'],
    ['POST', '/first/keys/purge'],
  ]
  const reads: [string, string][] = [
    ['GET', ''],
    ['GET', '/first'],
    ['GET', '/first/health'],
  ]

  const call = (method: string, path: string, by: Call): Promise<HttpAnswer> => {
    if (method === 'GET') return registry.get(path, by)
    if (method === 'PATCH') return registry.patch(path, {}, by)
    return method === 'DELETE' ? registry.delete(path, by) : registry.post(path, {}, by)
  }

  it.each([...mutations, ...reads])('nobody without a token: %s %s (AD-01)', async (method, rest) => {
    const answer = await call(method, registry.path(rest), { as: 'nobody' })
    expect([answer.json(), answer.headers['www-authenticate']]).toEqual([aProblem(401, 'authentication_required'), 'Bearer realm="cambio"'])
  })

  it.each(mutations)('a viewer changes nothing: %s %s (AD-02)', async (method, rest) => {
    const answer = await call(method, registry.path(rest), { as: 'viewer' })
    expect(answer.json()).toEqual(aProblem(403, 'insufficient_scope', { detail: 'The scope idps:write is needed.' }))
  })

  it.each(reads)('a viewer and a developer read: %s %s', async (_, rest) => {
    expect((await registry.get(registry.path(rest), { as: 'viewer' })).status).toBe(200)
    expect((await registry.get(registry.path(rest), { as: 'developer' })).status).toBe(200)
  })

  it.each([...mutations, ...reads])(
    'nobody of another organization, which does not even exist for them: %s %s (AD-04)',
    async (method, rest) => {
      const answer = await call(method, registry.path(rest).replace('/t1/', '/t2/'), {})
      expect(answer.json()).toEqual(aProblem(404, 'not_found'))
    },
  )

  it('no token for another audience, of another issuer, or of a client that is none (AD-01)', async () => {
    for (const claims of [{ aud: ['urn:cambio:admin', 'x'] }, { iss: 'http://localhost:9999' }, { client_id: 'gone' }, { exp: 1 }]) {
      const answer = await registry.get(registry.path(), { token: adminToken('owner', claims) })
      expect([answer.status, answer.json()]).toMatchObject([401, { code: 'invalid_token' }])
    }
  })
})

describe('the audit log', () => {
  it('has every change and every refused one, and nothing of a body (AD-19)', async () => {
    const before = await recorded(registry.neighbours.organization)
    const created = (
      await registry.post(registry.path(), {
        ...aCreation('audited'),
        wellKnownUrl: undefined,
        issuer: 'https://audited.example',
        jwks: { keys: [keyB().publicJwk] },
      })
    ).json() as { id: string }
    await registry.patch(registry.path('/audited'), { description: 'the text of a body' })
    await registry.patch(registry.path('/audited'), { name: 'x' })
    await registry.post(registry.path('/audited/disable'), undefined, { as: 'viewer' })
    await registry.delete(registry.path('/audited'))
    await registry.delete(registry.path('/audited'))
    await registry.get(registry.path('/audited'))
    const after = await recorded(registry.neighbours.organization)
    const added = after.slice(0, after.length - before.length).reverse()
    expect(added.map(({ action, outcome, clientId, detail }) => ({ action, outcome, clientId, detail }))).toEqual([
      {
        action: 'identity-provider.create',
        outcome: 'done',
        clientId: 'owner',
        detail: { status: 201, target: { org: 't1' }, id: created.id, rev: 1 },
      },
      {
        action: 'identity-provider.change',
        outcome: 'done',
        clientId: 'owner',
        detail: { status: 200, target: { org: 't1', idp: 'audited' }, id: created.id, rev: 2 },
      },
      {
        action: 'identity-provider.change',
        outcome: 'name_immutable',
        clientId: 'owner',
        detail: { status: 422, target: { org: 't1', idp: 'audited' } },
      },
      {
        action: 'identity-provider.disable',
        outcome: 'insufficient_scope',
        clientId: 'viewer',
        detail: { status: 403, target: { org: 't1', idp: 'audited' } },
      },
      {
        action: 'identity-provider.delete',
        outcome: 'done',
        clientId: 'owner',
        detail: { status: 204, target: { org: 't1', idp: 'audited' } },
      },
      {
        action: 'identity-provider.delete',
        outcome: 'not_found',
        clientId: 'owner',
        detail: { status: 404, target: { org: 't1', idp: 'audited' } },
      },
    ])
    expect(JSON.stringify(after)).not.toContain('the text of a body')
  })

  it('has what strangers tried with their own organization, and nothing of nobody (AD-19)', async () => {
    await registry.delete(registry.path('/first').replace('/t1/', '/t2/'))
    await registry.post(registry.path('/first/keys/purge'), undefined, { as: 'nobody' })
    const [foreign] = await recorded(registry.neighbours.organization)
    expect(foreign).toMatchObject({
      action: 'identity-provider.delete',
      outcome: 'not_found',
      clientId: 'owner',
      detail: { target: { org: 't2', idp: 'first' } },
    })
    expect(await recorded(registry.neighbours.otherOrganization)).toEqual([])
  })

  it('has requests that only look, since they make the registry fetch', async () => {
    await registry.post(registry.path('/first/check'), {})
    await registry.post(registry.path('/discover'), { wellKnownUrl: idp.wellKnownUrl })
    const [discover, check] = await recorded(registry.neighbours.organization)
    expect(check).toMatchObject({ action: 'identity-provider.check', outcome: 'done', detail: { target: { org: 't1', idp: 'first' } } })
    expect(discover).toMatchObject({ action: 'identity-provider.discover', outcome: 'done', detail: { target: { org: 't1' } } })
  })
})

describe('other services', () => {
  const org = () => registry.neighbours.organization

  it('find a provider by id and by name', async () => {
    const summary = {
      id,
      name: 'first',
      type: 'generic',
      enabled: true,
      environments: ['production', 'sandbox'],
      issuer: idp.issuer,
      tokenEndpoint: `${idp.origin}/token`,
      authorizationEndpoint: `${idp.origin}/authorize`,
      tokenLabel: 'OpenID Connect Token',
    }
    const { rpc } = registry.neighbours
    expect(await rpc.ask(findIdentityProvider, { org: org(), idOrName: id })).toEqual({ ok: true, value: summary })
    expect(await rpc.ask(findIdentityProvider, { org: org(), idOrName: 'FIRST' })).toEqual({ ok: true, value: summary })
    const list = await rpc.ask(listIdentityProviders, { org: org() })
    expect(list).toMatchObject({ ok: true, value: { items: expect.arrayContaining([summary]) as unknown } })
  })

  it('find none of another organization (AD-04)', async () => {
    const { rpc, otherOrganization } = registry.neighbours
    expect(await rpc.ask(findIdentityProvider, { org: otherOrganization, idOrName: id })).toEqual({
      ok: false,
      failure: { code: 'not_found' },
    })
    expect(await rpc.ask(listIdentityProviders, { org: otherOrganization })).toEqual({ ok: true, value: { items: [] } })
    expect(await rpc.ask(refreshKeySet, { org: otherOrganization, identityProvider: id as never, kid: 'x' })).toEqual({
      ok: false,
      failure: { code: 'not_found' },
    })
  })

  it('get the key set of an unknown kid, and no second fetch within the limit (JW-07)', async () => {
    const question = { org: org(), identityProvider: id as never }
    const known = await registry.neighbours.rpc.ask(refreshKeySet, { ...question, kid: 'a1' })
    expect(known).toMatchObject({ ok: true, value: { outcome: 'unchanged', entry: { v: 1, id, value: { keys: [{ kid: 'a1' }] } } } })
    const limited = await registry.neighbours.rpc.ask(refreshKeySet, { ...question, kid: 'unknown' })
    expect(limited).toMatchObject({ ok: true, value: { outcome: expect.stringMatching(/limited|unchanged/) as unknown, entry: { id } } })
  })

  it('see a provider and its keys on the feed, and its changes (EV-01)', async () => {
    const providers = await registry.neighbours.follow('identity-providers')
    const keySets = await registry.neighbours.follow('key-sets')
    await eventually(() => {
      expect(providers.get(org(), id)?.value).toMatchObject({ name: 'first', issuer: idp.issuer, enabled: true })
      expect(keySets.get(org(), id)?.value).toMatchObject({ source: 'uri', keys: [{ kid: 'a1' }] })
    })
    const { rev } = (await registry.post(registry.path('/first/disable'))).json() as { rev: number }
    await eventually(() => {
      expect(providers.get(org(), id)).toMatchObject({ rev, value: { enabled: false } })
    })
    const { link } = registry.neighbours
    const name = { service: 'token-service', replica: 'test' } as const
    const probe = new AppliedProbe({ link, ...name, replicas: [providers] })
    const presence = new ProcessPresence({ link, presence: { ...name, kinds: ['identity-providers'] } })
    probe.start()
    presence.start()
    await link.connection?.flush()
    const applied = async (): Promise<unknown> => (await registry.get(registry.path('/first/health'))).json()
    expect(await applied()).toMatchObject({ applied: { replicas: 1, current: 1, silent: 0 } })
    probe.stop()
    expect(await applied()).toMatchObject({ applied: { replicas: 1, current: 0, silent: 1 } })
    presence.stop()
    await link.connection?.flush()
    expect(await applied()).toMatchObject({ applied: { replicas: 0, current: 0, silent: 0 } })
    expect(JSON.stringify([...providers.entries()])).not.toContain('confirmHost')
  })

  it('have an entry confirmed that they miss in the bucket', async () => {
    const confirm = confirmFeedEntryOf('idp-registry')
    const answer = await registry.neighbours.rpc.ask(confirm, { kind: 'identity-providers', org: org(), id })
    expect(answer).toMatchObject({ ok: true, value: { entry: { id, value: { name: 'first' } } } })
    const unknown = await registry.neighbours.rpc.ask(confirm, { kind: 'key-sets', org: org(), id: newId('identityProvider') })
    expect(unknown).toEqual({ ok: true, value: { entry: null } })
  })
})

describe('a repeated request', () => {
  it('with the same Idempotency-Key gives the same answer and makes one provider (AD-17)', async () => {
    const body = { name: 'once', issuer: 'https://once.example', jwks: { keys: [keyB().publicJwk] }, allowedAudiences: ['a'] }
    const headers = { 'idempotency-key': 'key-1' }
    const [first, second] = [
      await registry.post(registry.path(), body, { headers }),
      await registry.post(registry.path(), body, { headers }),
    ]
    expect([second.status, second.json()]).toEqual([201, first.json()])
    expect(second.headers.location).toBe(first.headers.location)
  })
})

describe('the service itself', () => {
  it('describes every route and every failure in a valid OpenAPI document', async () => {
    expect(await openApiProblems(registry.service.app)).toEqual([])
    const document = (await registry.get('/openapi.json', { as: 'nobody' })).json() as {
      paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>
    }
    const responses = document.paths['/v1/orgs/{org}/identity-providers']?.['post']?.responses
    expect(responses?.['409']?.description).toContain('`issuer_exists`')
    expect(responses?.['422']?.description).toContain('`no_usable_keys`')
  })

  it('tells the kinds of providers with what their fields are called', async () => {
    const answer = (await registry.get('/v1/provider-types', { as: 'developer' })).json() as { items: { type: string }[] }
    expect(answer.items.map(({ type }) => type)).toEqual([
      'okta',
      'microsoft',
      'auth0',
      'asgardeo',
      'wso2',
      'keycloak',
      'google',
      'cognito',
      'generic',
    ])
    expect(answer.items[0]).toMatchObject({
      name: 'Okta',
      tokenLabel: 'Okta Token',
      claims: { clientId: ['cid'], scopes: ['scp'] },
      fields: expect.arrayContaining([{ name: 'wellKnownUrl', label: 'Well-Known URL', help: expect.any(String) as string }]) as unknown,
    })
  })

  it('has health, metrics and no token in its log', async () => {
    expect((await registry.get('/healthz', { as: 'nobody' })).json()).toEqual({ status: 'alive' })
    expect((await registry.get('/metrics', { as: 'nobody' })).text).toContain('cambio_key_set_providers')
    expect(registry.logged()).not.toMatch(/eyJ[\w-]{10,}\.[\w-]+\.[\w-]{20,}/)
  })

  it('takes changes while NATS is away, and publishes them afterwards (EV-04)', async () => {
    await registry.nats.kill()
    const body = { name: 'offline', issuer: 'https://offline.example', jwks: { keys: [keyB().publicJwk] }, allowedAudiences: ['a'] }
    const created = await registry.post(registry.path(), body)
    expect(created.status).toBe(201)
    expect((await registry.delete(registry.path('/offline'))).json()).toMatchObject({ status: 503, code: 'unavailable' })
    await registry.nats.restart()
    const providers = await registry.neighbours.follow('identity-providers')
    await eventually(
      () => {
        expect(providers.get(registry.neighbours.organization, (created.json() as { id: string }).id)?.value?.name).toBe('offline')
      },
      { withinMs: 10_000 },
    )
  })
})
