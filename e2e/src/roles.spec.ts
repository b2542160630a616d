import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi } from './world/admin-api.js'
import { decoded } from './world/oauth-client.js'
import { describedOperations, filledIn, type Operation } from './world/operations.js'
import { acceptableBody, populatedOrganization, type PopulatedOrganization } from './world/populated-organization.js'
import { expectInsufficientScope, expectNotFound, expectProblem } from './world/problems.js'
import { secretsOnDisk } from './world/secrets.js'
import { sharedStack } from './world/shared.js'
import { changesNothing } from './world/unchanged.js'

const { urls, admin: credential, dataDirectory, providers } = sharedStack()
const operations = (await describedOperations(urls)).filter(({ scope }) => scope !== undefined)

/** What each role may be granted, written down once more, by hand. */
const reading = ['orgs:read', 'idps:read', 'apis:read', 'applications:read', 'subscriptions:read', 'tokens:read']
const writing = ['orgs:write', 'idps:write', 'apis:write', 'applications:write', 'subscriptions:write', 'tokens:write']
const scopesOf = {
  owner: [...reading, ...writing],
  editor: [...reading, ...writing.filter((scope) => scope !== 'orgs:write')],
  viewer: reading,
  developer: [...reading.filter((scope) => scope !== 'orgs:read'), 'applications:write', 'subscriptions:write', 'tokens:write'],
} as const

type Role = keyof typeof scopesOf
const roles = Object.keys(scopesOf) as Role[]

let admin: AdminApi
let here: PopulatedOrganization
let other: PopulatedOrganization
let callers: Readonly<Record<Role, AdminApi>>

const isPlatform = ({ path, method, scope }: Operation): boolean =>
  path.startsWith('/v1/admin-clients') || scope?.startsWith('keys:') === true || (/^\/v1\/orgs(\/\{org\})?$/.test(path) && method !== 'GET')

const send = (caller: AdminApi, { service, method, path }: Operation) =>
  caller.send(service, method, filledIn(path, here.ids), acceptableBody(method, path))

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
  here = await populatedOrganization(admin, 'roles', providers[0])
  other = await populatedOrganization(admin, 'roles-other', providers[0])
  await here.org.createApplication('app2')
  const make = async (role: Role): Promise<[Role, AdminApi]> => {
    const applications = role === 'developer' ? { applications: ['app1'] } : {}
    const client = await admin.must('applications', 'POST', here.org.path('/admin-clients'), { name: role, role, ...applications })
    return [role, await AdminApi.signIn(urls, client)]
  }
  callers = Object.fromEntries(await Promise.all(roles.map(make))) as Record<Role, AdminApi>
})

it.each(roles)('the token of an %s has the scopes of the role and nothing else', (role) => {
  const { scope, aud, sub, org, exp, iat } = decoded(callers[role].token).claims as Record<string, string> & { exp: number; iat: number }
  expect(scope?.split(' ').sort()).toEqual([...scopesOf[role]].sort())
  expect({ aud, sub, org }).toEqual({
    aud: ['urn:cambio:admin'],
    sub: expect.stringMatching(/^client\//) as unknown,
    org: { id: expect.stringMatching(/^org_/) as unknown, handle: 'roles' },
  })
  expect(exp - iat).toBeLessThanOrEqual(3600)
})

describe.each(roles)('an %s', (role) => {
  const scopes: readonly string[] = scopesOf[role]
  const table = (list: readonly Operation[]) => list.map((operation) => [`${operation.method} ${operation.path}`, operation] as const)
  const forbidden = operations.filter((operation) => !scopes.includes(operation.scope ?? ''))
  const reads = operations.filter(
    (operation) =>
      operation.method === 'GET' &&
      !isPlatform(operation) &&
      scopes.includes(operation.scope ?? '') &&
      // A developer asks for the decisions about one client of its own.
      !(role === 'developer' && operation.path.endsWith('/audit')),
  )
  const platformOnly = operations.filter((operation) => isPlatform(operation) && scopes.includes(operation.scope ?? ''))

  describe('may not', () => {
    changesNothing(() => here)

    it.each(table(forbidden))('%s (AD-02)', async (_name, operation) => {
      expectInsufficientScope(await send(callers[role], operation), operation.scope ?? '')
    })
  })

  it.each(table(reads))('may %s', async (_name, operation) => {
    const answer = await send(callers[role], operation)
    expect([answer.status, answer.body['code']]).toEqual([200, undefined])
  })

  it.each(table(platformOnly))('leaves %s to platform administrators', async (_name, operation) => {
    expectProblem(await send(callers[role], operation), {
      status: 403,
      code: 'platform_only',
      title: 'Only a platform administrator may do this',
    })
  })

  it('sees nothing of another organization', async () => {
    for (const path of ['', '/applications', '/apis', '/admin-clients']) {
      expectNotFound(await callers[role].get('applications', other.org.path(path)))
    }
    expectNotFound(await callers[role].get('idp-registry', other.org.path('/identity-providers')))
    expectNotFound(await callers[role].get('token-service', other.org.path('/audit')))
    if (!scopes.includes('orgs:read')) return
    const { items } = (await callers[role].get('applications', '/v1/orgs')).body
    expect(items.map(({ handle }) => handle)).toEqual(['roles'])
  })
})

describe('what a role may change', () => {
  it('an owner makes and removes admin clients, providers, APIs and applications', async () => {
    const { owner } = callers
    const made = await owner.must('applications', 'POST', here.org.path('/admin-clients'), { name: 'short-lived', role: 'viewer' })
    await owner.must('applications', 'DELETE', here.org.path(`/admin-clients/${made.id}`))
    await owner.must('idp-registry', 'PATCH', here.org.path('/identity-providers/main-idp'), { description: 'by the owner' })
    await owner.must('applications', 'PATCH', here.org.path('/apis/orders'), { name: 'by the owner' })
  })

  it('an editor makes and removes everything else', async () => {
    const { editor } = callers
    await editor.must('applications', 'POST', here.org.path('/applications'), { name: 'short-lived' })
    await editor.must('applications', 'DELETE', here.org.path('/applications/short-lived'))
    await editor.must('idp-registry', 'PATCH', here.org.path('/identity-providers/main-idp'), { description: 'by the editor' })
  })

  it('a developer works on its own applications and sees no other', async () => {
    const { developer } = callers
    await developer.must('applications', 'PATCH', here.org.path('/applications/app1'), { description: 'by the developer' })
    await developer.must('applications', 'POST', here.org.path('/applications/app1/keys/sandbox'), {})
    const { items } = (await developer.get('applications', here.org.path('/applications'))).body
    expect(items.map(({ name }) => name)).toEqual(['app1'])
    for (const [method, rest] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/keys/production'],
      ['GET', '/health'],
      ['GET', '/bindings'],
      ['GET', '/subscriptions'],
      ['GET', '/connection-info/production'],
    ] as const) {
      const json = method === 'GET' || method === 'DELETE' ? undefined : {}
      expectNotFound(await developer.send('applications', method, here.org.path(`/applications/app2${rest}`), json))
    }
    expectProblem(await developer.send('applications', 'POST', here.org.path('/applications'), { name: 'mine' }), {
      status: 403,
      code: 'insufficient_scope',
      title: 'The access token does not allow this',
      detail: 'A developer works on the applications that it was given.',
    })
  })

  it('a role that is taken away does no longer what its tokens say, and a removed client nothing', async () => {
    const made = await admin.must('applications', 'POST', here.org.path('/admin-clients'), { name: 'demoted', role: 'editor' })
    const demoted = await AdminApi.signIn(urls, made)
    const patch = () => demoted.send('applications', 'PATCH', here.org.path('/applications/app2'), { description: 'x' })
    expect((await patch()).status).toBe(200)
    await admin.must('applications', 'PATCH', here.org.path(`/admin-clients/${made.id}`), { role: 'viewer' })
    await expect.poll(async () => (await patch()).status, { timeout: 1_000 }).toBe(403)
    await admin.must('applications', 'DELETE', here.org.path(`/admin-clients/${made.id}`))
    await expect.poll(async () => (await patch()).body['code'], { timeout: 2_000 }).toBe('invalid_token')
    await expect.poll(() => AdminApi.signIn(urls, made).catch(String), { timeout: 1_000 }).toContain('401')
  })
})

it('nothing that the stack wrote holds a secret or token of these tests', () => {
  expect(secretsOnDisk(dataDirectory).found).toEqual([])
})
