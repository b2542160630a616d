import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { RunningApplications } from './testing/running-applications.js'

describe('the portal’s steps', () => {
  let running: RunningApplications

  beforeAll(async () => {
    running = await RunningApplications.start()
  })

  afterAll(async () => {
    await running.stop()
  })

  it('go from an organization to the command that exchanges a token', async () => {
    const { id: org, path, owner } = await running.organization('t1')
    const as = owner
    const okta = running.neighbours.providers.add(org)

    const api = await running.expecting(201, 'POST', `${path}/apis`, {
      as,
      json: {
        name: 'Orders',
        handle: 'orders',
        context: '/orders',
        version: 'v1',
        endpoints: { production: 'https://orders.test' },
        scopes: [{ name: 'read', description: 'Read orders' }],
        resources: [{ method: 'GET', path: '/orders/{id}', scopes: ['read'] }],
      },
    })
    expect(api).toMatchObject({
      identifier: 'urn:t1:orders',
      context: 'orders',
      status: 'CREATED',
      scopes: [{ name: 'read', description: 'Read orders', fullyQualifiedName: 'urn:t1:orders:read' }],
    })
    await running.expecting(200, 'POST', `${path}/apis/orders/publish`, { as })

    await running.expecting(201, 'POST', `${path}/applications`, { as, json: { name: 'shop' } })
    const keys = await running.expecting<{ clientId: string; clientSecret: string }>(
      201,
      'POST',
      `${path}/applications/shop/keys/production`,
      { as, json: { grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'] } },
    )
    expect(keys.clientSecret).toMatch(/^cmb_/)
    await running.expecting(201, 'POST', `${path}/applications/shop/subscriptions`, { as, json: { api: 'orders' } })
    await running.expecting(201, 'POST', `${path}/applications/shop/bindings`, {
      as,
      json: { identityProvider: 'okta', environment: 'production', clientId: "0oa'shop" },
    })

    const info = await running.expecting(200, 'GET', `${path}/applications/shop/connection-info/production`, { as })
    expect(info).toMatchObject({
      environment: 'production',
      tokenEndpoint: 'http://localhost:8400/oauth2/token',
      jwksUri: 'http://localhost:8400/oauth2/jwks',
      clientId: keys.clientId,
      identityProviders: [{ id: okta.id, tokenLabel: 'Okta Token', clientIds: ["0oa'shop"] }],
    })
  })
})
