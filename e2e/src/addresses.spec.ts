import { httpRequest, rawHttp } from '@cambio/testing'
import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi } from './world/admin-api.js'
import { populatedOrganization, type PopulatedOrganization } from './world/populated-organization.js'
import { sharedStack } from './world/shared.js'
import { changesNothing } from './world/unchanged.js'

const { urls, admin: credential, providers } = sharedStack()

let admin: AdminApi
let here: PopulatedOrganization

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
  here = await populatedOrganization(admin, 'addresses', providers[0])
})

/** Other spellings of addresses that proxies, routers and guards have read differently from each other. */
const spellings: readonly (readonly [string, (path: string) => string])[] = [
  ['a second slash in front', (path) => `/${path}`],
  ['a slash at the end', (path) => `${path}/`],
  ['a second slash inside', (path) => path.replace('/orgs/', '//orgs/')],
  ['capitals', (path) => path.replace('/v1/orgs', '/V1/Orgs')],
  ['a path parameter', (path) => `${path};x=1`],
  ['an encoded slash', (path) => path.replace('/orgs/', '/orgs%2F')],
  ['an encoded letter', (path) => path.replace('/v1/', '/%761/')],
  ['a letter encoded twice', (path) => path.replace('/v1/', '/%25761/')],
  ['a dot segment', (path) => path.replace('/orgs/', '/./orgs/')],
  ['a double dot segment', (path) => path.replace('/orgs/', '/x/../orgs/')],
  ['an encoded double dot segment', (path) => path.replace('/orgs/', '/x/%2e%2e/orgs/')],
  ['a backslash', (path) => path.replace('/orgs/', '\\orgs/')],
  ['an encoded backslash', (path) => path.replace('/orgs/', '/orgs%5C')],
  ['an encoded NUL', (path) => `${path}%00`],
  ['a broken escape', (path) => `${path}%zz`],
  ['an escape that is no UTF-8', (path) => `${path}%ff`],
  ['a fragment', (path) => `${path}#x`],
  ['an absolute address', (path) => `http://localhost${path}`],
  ['an encoded question mark', (path) => `${path}%3Fx`],
  ['a suffix', (path) => `${path}.json`],
]

const targets = [
  ['idp-registry', 'DELETE', '/v1/orgs/addresses/identity-providers/main-idp'],
  ['applications', 'DELETE', '/v1/orgs/addresses/applications/app1'],
  ['applications', 'GET', '/v1/orgs/addresses/applications'],
  ['token-service', 'GET', '/v1/orgs/addresses/audit'],
] as const

/** Sends the address as it is: no client in between tidies it up. */
async function send(
  service: keyof typeof urls,
  method: string,
  target: string,
  headers = '',
): Promise<{ statuses: readonly number[]; text: string }> {
  const { port } = new URL(urls[service])
  return rawHttp(Number(port), `${method} ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n${headers}\r\n`)
}

describe('an admin address in another spelling (AD-11)', () => {
  changesNothing(() => here)

  describe.each(spellings)('%s', (_what, spell) => {
    it.each(targets)('reaches no handler of %s without credentials: %s %s', async (service, method, path) => {
      const { statuses, text } = await send(service, method, spell(path))
      expect(statuses).toHaveLength(1)
      expect([400, 401, 404]).toContain(statuses[0])
      expect(text).not.toContain('main-idp')
      expect(text).not.toContain('app1')
    })
  })
})

describe('with credentials', () => {
  changesNothing(() => here)

  // These are other spellings of the very same address (RFC 3986 §6.2.2.2, RFC 9112 §3.2).
  const same = ['an encoded letter', 'an absolute address', 'a fragment']
  const differs = spellings.filter(([what]) => !same.includes(what))
  it.each(differs)('%s is another address: nothing is there', async (_what, spell) => {
    for (const [service, method, path] of targets.slice(0, 2)) {
      const { statuses } = await send(service, method, spell(path), `Authorization: Bearer ${admin.token}\r\n`)
      expect(statuses).toHaveLength(1)
      expect([400, 404]).toContain(statuses[0])
    }
  })

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s changes no method (GW-13)', async (header) => {
    const url = `${urls.applications}/v1/orgs/addresses/applications/app1`
    const answer = await httpRequest(url, { method: 'GET', bearer: admin.token, headers: { [header]: 'DELETE' } })
    expect(answer.status).toBe(200)
    expect((await httpRequest(`${url}?_method=DELETE`, { bearer: admin.token })).status).toBe(200)
  })

  it('HEAD is a GET without a body', async () => {
    const url = `${urls.applications}/v1/orgs/addresses/applications/app1`
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => httpRequest(url, { method, bearer: admin.token })))
    expect([head?.status, head?.text, head?.headers['etag']]).toEqual([200, '', get?.headers['etag']])
  })

  it.each(['OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get'])('%s reaches no handler', async (method) => {
    const { statuses } = await send('applications', method, '/v1/orgs/addresses/applications', `Authorization: Bearer ${admin.token}\r\n`)
    for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400)
  })
})
