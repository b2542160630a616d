import { ADMIN_AUDIENCE, PLATFORM, scopesOfAdminRole } from '@cambio/contracts'
import { grantTypes } from '@cambio/oauth'
import { aCredential, anAdminClient, anApplication, aSubscription, IDS, TEST_CLIENT_SECRET } from '@cambio/testing'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../../testing/exchange-world.js'
import { TokenEndpoint } from '../../testing/token-endpoint.js'

let endpoint: TokenEndpoint
beforeEach(async () => {
  endpoint = await TokenEndpoint.make()
  endpoint.world.feed('applications', anApplication({ credentials: [aCredential({ grantTypes: [grantTypes.clientCredentials] })] }))
})
afterEach(async () => endpoint.end())

const GRANT = { grant_type: grantTypes.clientCredentials }
const adminForm = { basic: ['admin-1', TEST_CLIENT_SECRET] } as const

describe('client credentials of an application', () => {
  it('give a token for all that it is subscribed to', async () => {
    const { answer } = await endpoint.post(GRANT)
    expect(answer).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 900, scope: 'read write' })
    const { iat, nbf, exp, jti, ...claims } = decodeJwt(answer!.access_token)
    expect([nbf, exp, typeof jti]).toEqual([iat, iat! + 900, 'string'])
    expect(claims).toEqual({
      iss: 'https://cambio.test',
      sub: 'client/app1',
      aud: ['urn:t1:orders'],
      client_id: 'app1',
      azp: 'app1',
      scope: 'read write',
      org: { id: IDS.organization, handle: 't1' },
      app: { id: IDS.application },
      env: 'production',
    })
  })

  it('are decided by the same rules of target and scope as an exchange', async () => {
    const refusals = [{ audience: 'urn:t1:billing' }, { resource: 'orders' }, { scope: 'delete' }, { scope: 'a"b' }]
    const reasons = await Promise.all(refusals.map(async (more) => (await endpoint.post({ ...GRANT, ...more })).failure?.reason))
    expect(reasons).toEqual(['target.not_subscribed', 'target.malformed', 'scope.undefined', 'scope.malformed'])
    expect((await endpoint.post({ ...GRANT, scope: 'read' })).answer?.scope).toBe('read')
  })

  it('are limited by the credential alone, as there is no subject', async () => {
    const credential = aCredential({ grantTypes: [grantTypes.clientCredentials], allowedScopes: ['read'], accessTokenLifetimeSeconds: 60 })
    endpoint.world.feed('applications', anApplication({ credentials: [credential] }))
    expect((await endpoint.post(GRANT)).answer).toMatchObject({ scope: 'read', expires_in: 60 })
  })

  it('are never a public client’s, whatever its registration lists', async () => {
    const credential = aCredential({ grantTypes: [grantTypes.clientCredentials], public: true, authMethod: 'none', secrets: [] })
    endpoint.world.feed('applications', anApplication({ credentials: [credential] }))
    const { failure } = await endpoint.post({ ...GRANT, client_id: 'app1' }, { basic: null })
    expect(failure).toEqual({ error: 'unauthorized_client', reason: 'grant.not_allowed_for_client' })
  })

  it('give no token of administrators', async () => {
    expect((await endpoint.post({ ...GRANT, audience: ADMIN_AUDIENCE })).failure?.reason).toBe('target.unknown')
    expect((await endpoint.post({ ...GRANT, scope: 'idps:write' })).failure?.reason).toBe('scope.undefined')
  })

  it('cannot be decided while the organization has not come', async () => {
    endpoint.world.feed('organizations', null, { id: IDS.organization })
    expect((await endpoint.post(GRANT)).failure?.reason).toBe('service.not_ready')
  })

  it('qualify scopes where the token is for several APIs', async () => {
    endpoint.world.feed(
      'applications',
      anApplication({
        credentials: [aCredential({ grantTypes: [grantTypes.clientCredentials] })],
        subscriptions: [aSubscription(), aSubscription({ api: MORE_IDS.billing })],
      }),
    )
    const { answer } = await endpoint.post({ ...GRANT, scope: 'write pay' })
    expect(answer?.scope).toBe('urn:t1:orders:write urn:t1:billing:pay')
  })
})

describe('client credentials of an administrator', () => {
  it.each(['owner', 'editor', 'viewer', 'developer'] as const)('give what the role %s may do, in its organization', async (role) => {
    endpoint.world.feed('admin-clients', anAdminClient({ role }))
    const { answer } = await endpoint.post(GRANT, adminForm)
    const scope = scopesOfAdminRole(role).join(' ')
    expect(answer).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 900, scope })
    const { iat, nbf, exp, jti, ...claims } = decodeJwt(answer!.access_token)
    expect([nbf, exp, typeof jti]).toEqual([iat, iat! + 900, 'string'])
    expect(claims).toEqual({
      iss: 'https://cambio.test',
      sub: 'client/admin-1',
      aud: [ADMIN_AUDIENCE],
      client_id: 'admin-1',
      azp: 'admin-1',
      scope,
      org: { id: IDS.organization, handle: 't1' },
    })
  })

  it('name no organization where the administrator is the platform’s', async () => {
    endpoint.world.feed('admin-clients', anAdminClient({ role: 'platform' }), { org: PLATFORM })
    const { answer } = await endpoint.post(GRANT, adminForm)
    const claims = decodeJwt(answer!.access_token)
    expect(claims).not.toHaveProperty('org')
    expect(claims['scope']).toContain('keys:write')
  })

  it('give only the scopes that are asked for and the role has', async () => {
    endpoint.world.feed('admin-clients', anAdminClient({ role: 'viewer' }))
    expect((await endpoint.post({ ...GRANT, scope: 'idps:read idps:write' }, adminForm)).answer?.scope).toBe('idps:read')
    expect((await endpoint.post({ ...GRANT, scope: 'idps:write' }, adminForm)).failure).toEqual({
      error: 'invalid_scope',
      reason: 'scope.none_granted',
    })
    expect((await endpoint.post({ ...GRANT, scope: 'idps:delete' }, adminForm)).failure).toEqual({
      error: 'invalid_scope',
      reason: 'scope.undefined',
    })
  })

  it('are for the administrators’ API and nothing else', async () => {
    endpoint.world.feed('admin-clients', anAdminClient())
    expect((await endpoint.post({ ...GRANT, audience: ADMIN_AUDIENCE }, adminForm)).status).toBe(200)
    for (const audience of ['urn:t1:orders', 'URN:cambio:admin', `${ADMIN_AUDIENCE}/`]) {
      expect((await endpoint.post({ ...GRANT, audience }, adminForm)).failure).toEqual({
        error: 'invalid_target',
        reason: 'target.unknown',
      })
    }
  })

  it('cannot be decided while the organization has not come', async () => {
    endpoint.world.feed('admin-clients', anAdminClient())
    endpoint.world.feed('organizations', null, { id: IDS.organization })
    expect((await endpoint.post(GRANT, adminForm)).failure?.reason).toBe('service.not_ready')
  })
})
