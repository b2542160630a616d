import { type ProviderTokens, signIn } from '@cambio/demo/provider'
import { eventually } from '@cambio/testing'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'

import { AdminApi, call } from './world/admin-api.js'
import { decoded, OAuthClient, postExchange, tokenType } from './world/oauth-client.js'
import { type Client, Organization, TOKEN_EXCHANGE } from './world/organization.js'
import { expectRefused } from './world/refusals.js'
import { remember, secretsOnDisk } from './world/secrets.js'
import { sharedStack } from './world/shared.js'

const { urls, admin: credential, dataDirectory, providers } = sharedStack()
const [providerA, providerB] = providers
const issuer = urls['token-service']

const anId = (prefix: string): unknown => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-f]{32}$`))
const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as unknown

let admin: AdminApi
let org: Organization
let orgId: string
let client: Client
let tokensA: ProviderTokens
let tokensB: ProviderTokens
let independent: OAuthClient
let idpA: { id: string }
let idpB: { id: string }
let app: { id: string }

const subjectA = () => ({ subject_token: tokensA.accessToken, subject_token_type: tokenType('access_token') })
const subjectB = () => ({ subject_token: tokensB.accessToken, subject_token_type: tokenType('access_token') })

/** The other file's worth of applications: each test that changes one has its own. */
async function anApplication(name: string, { api = 'orders', keys = {}, application = {} } = {}): Promise<Client> {
  await org.createApplication(name, application)
  const made = await org.generateKeys(name, keys)
  if (api !== '') await org.subscribe(name, api)
  return made
}

beforeAll(async () => {
  admin = await AdminApi.signIn(urls, credential)
  ;[tokensA, tokensB] = await Promise.all([signIn(providerA.account), signIn(providerB.account)])
  remember(tokensA.accessToken, tokensA.idToken, tokensB.accessToken, tokensB.idToken)
  org = await Organization.create(admin, 'journey')
  orgId = (await admin.must('applications', 'GET', '/v1/orgs/journey')).id
  independent = await OAuthClient.discover(issuer)
})

describe('the administrator', () => {
  it('sees what a well-known URL fills in, and nothing is stored', async () => {
    const discovered = await admin.send('idp-registry', 'POST', org.path('/identity-providers/discover'), {
      wellKnownUrl: `${providerA.issuer}/.well-known/openid-configuration`,
    })
    expect(discovered).toMatchObject({
      status: 200,
      body: {
        configuration: {
          issuer: providerA.issuer,
          tokenEndpoint: `${providerA.issuer}/token`,
          authorizationEndpoint: `${providerA.issuer}/auth`,
          jwksUri: `${providerA.issuer}/jwks`,
          algorithms: ['RS256'],
        },
        keys: [expect.objectContaining({ kid: 'demo-1', alg: 'RS256' })],
      },
    })
    expect((discovered.body['findings'] as { severity: string }[]).filter(({ severity }) => severity === 'error')).toEqual([])
    expect((await admin.get('idp-registry', org.path('/identity-providers'))).body).toEqual({ items: [], nextCursor: null })
  })

  it('registers a provider by its well-known URL: endpoints fill in, the rest has its defaults', async () => {
    const made = await admin.send('idp-registry', 'POST', org.path('/identity-providers'), {
      name: 'idp-a',
      wellKnownUrl: `${providerA.issuer}/.well-known/openid-configuration`,
      allowedAudiences: [providerA.audience],
      claims: { clientId: 'client_id', scopes: 'scope' },
      claimMappings: [{ from: 'client_id', to: 'provider_client' }],
    })
    expect(made.body).toEqual({
      id: anId('idp'),
      rev: 1,
      createdAt: aTime,
      updatedAt: aTime,
      name: 'idp-a',
      type: 'generic',
      enabled: true,
      wellKnownUrl: `${providerA.issuer}/.well-known/openid-configuration`,
      issuer: providerA.issuer,
      tokenEndpoint: `${providerA.issuer}/token`,
      authorizationEndpoint: `${providerA.issuer}/auth`,
      jwksUri: `${providerA.issuer}/jwks`,
      allowedAudiences: [providerA.audience],
      tokenMode: 'EXCHANGED',
      environments: ['production', 'sandbox'],
      allowedAlgorithms: ['RS256'],
      acceptedTokenTypes: ['jwt', 'access_token'],
      claims: { clientId: 'client_id', scopes: 'scope' },
      scopeMappings: [],
      claimMappings: [{ from: 'client_id', to: 'provider_client' }],
      requiredClaims: {},
      tenants: [],
      maxTokenAgeSeconds: 3600,
      maxTokenLifetimeSeconds: 86_400,
      clockSkewSeconds: 30,
      singleUse: false,
      jwksMaxStaleSeconds: 86_400,
    })
    expect(made.status).toBe(201)
    expect(made.headers).toMatchObject({ etag: '"1"', location: `/v1/orgs/journey/identity-providers/${made.body.id}` })
    expect((await admin.get('idp-registry', String(made.headers['location']))).body).toEqual(made.body)
    idpA = made.body
    idpB = await org.registerProvider('idp-b', providerB)
  })
})

describe('the owner of an API', () => {
  it('makes an API with scopes, which have fully qualified names, and publishes it', async () => {
    const api = await org.publishApi('orders')
    expect(api).toEqual({
      id: anId('api'),
      rev: 1,
      createdAt: aTime,
      updatedAt: aTime,
      name: 'orders',
      handle: 'orders',
      identifier: 'urn:journey:orders',
      context: 'orders',
      version: 'v1',
      status: 'CREATED',
      endpoints: { production: 'https://orders.example' },
      scopes: [
        { name: 'read', fullyQualifiedName: 'urn:journey:orders:read', description: 'Read orders' },
        { name: 'write', fullyQualifiedName: 'urn:journey:orders:write', description: 'Change orders' },
      ],
      resources: [],
    })
    const published = await admin.get('applications', org.path('/apis/orders'))
    expect(published.body).toEqual({ ...api, rev: 2, updatedAt: aTime, status: 'PUBLISHED' })
    await org.publishApi('billing')
    await org.publishApi('stock')
  })
})

describe('the developer', () => {
  it('makes an application and generates keys, whose secret is shown this once', async () => {
    app = await org.createApplication('app1')
    const made = await admin.send('applications', 'POST', org.path('/applications/app1/keys/production'), {})
    expect(made).toMatchObject({ status: 201, headers: { location: '/v1/orgs/journey/applications/app1/keys/production' } })
    const { clientSecret, ...shown } = made.body
    expect(clientSecret).toMatch(/^cmb_[A-Za-z0-9_-]{43,}$/)
    expect(shown).toEqual({
      id: anId('crd'),
      rev: 2,
      createdAt: aTime,
      updatedAt: aTime,
      environment: 'production',
      clientId: expect.stringMatching(/^[A-Za-z0-9_-]{20,}$/) as unknown,
      grantTypes: ['client_credentials'],
      accessTokenLifetimeSeconds: 900,
      public: false,
      authMethod: 'client_secret_basic',
      allowedActors: [],
      secrets: [{ id: anId('sec'), createdAt: aTime }],
    })
    client = { application: 'app1', clientId: made.body.clientId, clientSecret }
    expect((await admin.get('applications', org.path('/applications/app1/keys/production'))).body).toEqual(shown)
  })

  it('is refused the exchange until Token Exchange is among the grant types (PO-07)', async () => {
    await expectRefused(await postExchange(issuer, client, subjectA()), 'unauthorized_client', {
      organization: org,
      reason: 'grant.not_allowed_for_client',
    })
    const selected = await admin.send('applications', 'PATCH', org.path('/applications/app1/keys/production'), {
      grantTypes: ['client_credentials', TOKEN_EXCHANGE],
    })
    expect(selected).toMatchObject({ status: 200, body: { rev: 3, grantTypes: ['client_credentials', TOKEN_EXCHANGE] } })
  })

  it('gets no token for an API without a subscription (PO-01)', async () => {
    await eventually(async () =>
      expectRefused(await postExchange(issuer, client, { ...subjectA(), audience: 'urn:journey:billing' }), 'invalid_target', {
        organization: org,
        reason: 'target.not_subscribed',
      }),
    )
    expect(await org.subscribe('app1', 'orders')).toEqual({
      id: anId('sub'),
      rev: 4,
      createdAt: aTime,
      updatedAt: aTime,
      api: anId('api'),
      plan: 'unlimited',
      status: 'ACTIVE',
    })
  })

  it('exchanges the token of a user who signed in at the provider, and the API validates the result (TE-01, IS-01, IS-04)', async () => {
    const answer = await eventually(() => independent.exchange(client, { ...subjectA(), scope: 'read write' }), { withinMs: 1_000 })
    expect(answer).toEqual({
      access_token: expect.any(String) as unknown,
      issued_token_type: tokenType('access_token'),
      token_type: 'bearer', // the library writes it in lower case; the next test looks at the wire
      expires_in: expect.any(Number) as unknown,
      scope: 'read',
    })
    const claims = await independent.validate(answer.access_token, 'urn:journey:orders')
    const subject = decoded(tokensA.accessToken).claims
    expect(claims).toEqual({
      iss: issuer,
      sub: `idp/${idpA.id}/alice`,
      aud: ['urn:journey:orders'],
      client_id: client.clientId,
      azp: client.clientId,
      scope: 'read',
      iat: expect.any(Number) as unknown,
      nbf: claims.iat,
      exp: claims.iat + (answer.expires_in ?? 0),
      jti: uuid,
      org: { id: orgId, handle: 'journey' },
      app: { id: app.id },
      env: 'production',
      idp: { id: idpA.id, name: 'idp-a', iss: providerA.issuer, sub: 'alice', kid: 'demo-1' },
      ext: { provider_client: 'web-shop' },
    })
    expect(claims.exp).toBeLessThanOrEqual((subject['exp'] as number) + 30)
    expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(10)
    expect(answer.access_token.length).toBeLessThan(4096)
  })

  it('has the answer of RFC 8693 on the wire, and a header that says only what is needed (TE-01, TE-25, IS-05)', async () => {
    const answer = await postExchange(issuer, client, { ...subjectA(), requested_token_type: tokenType('jwt') })
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/) as unknown,
      },
    })
    expect(answer.body).toEqual({
      access_token: expect.any(String) as unknown,
      issued_token_type: tokenType('access_token'),
      token_type: 'Bearer',
      expires_in: expect.any(Number) as unknown,
      scope: 'read',
    })
    const { keys } = (await call(`${issuer}/oauth2/jwks`)).body as unknown as { keys: JWK[] }
    expect(keys).toHaveLength(1)
    const { header } = decoded(answer.body.access_token)
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: await calculateJwkThumbprint(keys[0]!) })
    expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it.each([
    ['jwt', 'accessToken', 200],
    ['access_token', 'accessToken', 200],
    ['id_token', 'idToken', 400],
    ['access_token', 'idToken', 400],
  ] as const)('is asked for %s and sends the %s: %i (TE-02)', async (kind, which, status) => {
    const answer = await postExchange(issuer, client, { subject_token: tokensA[which], subject_token_type: tokenType(kind) })
    expect({ status: answer.status, error: answer.body['error'] }).toEqual({
      status,
      error: status === 400 ? 'invalid_request' : undefined,
    })
  })

  it('exchanges an ID token where the registration takes ID tokens (TE-02)', async () => {
    const idTokens = await Organization.create(admin, 'journey-id')
    await idTokens.registerProvider('idp', providerA, { acceptedTokenTypes: ['id_token'] })
    await idTokens.publishApi('orders')
    await idTokens.createApplication('app')
    const keys = await idTokens.generateKeys('app')
    await idTokens.subscribe('app', 'orders')
    const answer = await eventually(
      () => independent.exchange(keys, { subject_token: tokensA.idToken, subject_token_type: tokenType('id_token') }),
      { withinMs: 1_000 },
    )
    // An ID token has no scopes, so neither has the access token, and no `scope` says so.
    expect(answer).not.toHaveProperty('scope')
    expect(await independent.validate(answer.access_token, 'urn:journey-id:orders')).not.toHaveProperty('scope')
    await expectRefused(await postExchange(issuer, keys, subjectA()), 'invalid_request', {
      organization: idTokens,
      reason: 'subject_token.type_not_accepted',
    })
  })
})

describe('targets of an exchange', () => {
  let twoApis: Client

  beforeAll(async () => {
    twoApis = await anApplication('two-apis')
    await org.subscribe('two-apis', 'billing')
    await eventually(() => independent.exchange(twoApis, { ...subjectA(), audience: 'urn:journey:billing' }), { withinMs: 1_000 })
  })

  it('one audience of several: the token is for it alone (IS-02)', async () => {
    const answer = await independent.exchange(twoApis, { ...subjectA(), audience: 'urn:journey:billing' })
    const { aud, scope } = await independent.validate(answer.access_token, 'urn:journey:billing')
    expect({ aud, scope, answered: answer.scope }).toEqual({ aud: ['urn:journey:billing'], scope: 'read', answered: 'read' })
    await expect(independent.validate(answer.access_token, 'urn:journey:orders')).rejects.toMatchObject({
      code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
    })
  })

  it('two audiences: the token is for both and names its scopes in full (TE-13)', async () => {
    const answer = await postExchange(issuer, twoApis, [
      ...Object.entries(subjectA()),
      ['audience', 'urn:journey:orders'],
      ['resource', 'urn:journey:billing'],
    ])
    expect(answer.body).toMatchObject({ scope: 'urn:journey:orders:read urn:journey:billing:read' })
    for (const audience of ['urn:journey:orders', 'urn:journey:billing']) {
      const { aud, scope } = await independent.validate(answer.body.access_token, audience)
      expect({ aud, scope }).toEqual({ aud: ['urn:journey:orders', 'urn:journey:billing'], scope: answer.body['scope'] })
    }
  })

  it('two audiences of which one is not subscribed: refused (TE-13)', async () => {
    const answer = await postExchange(issuer, twoApis, [
      ...Object.entries(subjectA()),
      ['audience', 'urn:journey:orders'],
      ['audience', 'urn:journey:stock'],
    ])
    await expectRefused(answer, 'invalid_target', { organization: org, reason: 'target.not_subscribed' })
  })

  it('a blocked subscription is no subscription, until it is unblocked (PO-08)', async () => {
    const blocked = await anApplication('blocked', { api: '' })
    const subscription = await org.subscribe('blocked', 'orders')
    const path = org.path(`/applications/blocked/subscriptions/${subscription.id}`)
    await eventually(() => independent.exchange(blocked, subjectA()), { withinMs: 1_000 })
    await admin.must('applications', 'PATCH', path, { status: 'BLOCKED' })
    await eventually(
      async () =>
        expectRefused(await postExchange(issuer, blocked, { ...subjectA(), audience: 'urn:journey:orders' }), 'invalid_target', {
          organization: org,
          reason: 'target.subscription_inactive',
        }),
      { withinMs: 2_000 },
    )
    await admin.must('applications', 'PATCH', path, { status: 'ACTIVE' })
    await eventually(() => independent.exchange(blocked, subjectA()), { withinMs: 1_000 })
  })
})

describe('two providers', () => {
  it('with the same subject give tokens of different subjects (ST-49)', async () => {
    const [a, b] = await Promise.all([independent.exchange(client, subjectA()), independent.exchange(client, subjectB())])
    const subjects = [a, b].map(({ access_token }) => decoded(access_token).claims)
    expect(subjects.map(({ sub }) => sub)).toEqual([`idp/${idpA.id}/alice`, `idp/${idpB.id}/alice`])
    expect(subjects.map(({ idp }) => (idp as { iss: string; sub: string }).sub)).toEqual(['alice', 'alice'])
  })

  it('of which the application may use one: the other one’s token is refused (PO-02)', async () => {
    const onlyA = await anApplication('only-a', { application: { identityProviders: ['idp-a'] } })
    await eventually(() => independent.exchange(onlyA, subjectA()), { withinMs: 1_000 })
    await expectRefused(await postExchange(issuer, onlyA, subjectB()), 'invalid_request', {
      organization: org,
      reason: 'idp.not_allowed_for_application',
    })
  })

  it('in another organization count for nothing here (PO-10)', async () => {
    const other = await Organization.create(admin, 'journey-t2')
    await other.registerProvider('idp-b', providerB)
    await other.publishApi('orders')
    await other.createApplication('app')
    const keys = await other.generateKeys('app')
    await other.subscribe('app', 'orders')
    await eventually(() => independent.exchange(keys, subjectB()), { withinMs: 1_000 })
    await expectRefused(await postExchange(issuer, keys, subjectA()), 'invalid_request', {
      organization: other,
      reason: 'idp.unknown_issuer',
    })
    await expectRefused(await postExchange(issuer, keys, { ...subjectB(), audience: 'urn:journey:orders' }), 'invalid_target', {
      organization: other,
      reason: 'target.unknown',
    })
  })

  it('of which one is disabled: its tokens are refused within a second, the other’s are not, until it is enabled (PO-04)', async () => {
    await admin.must('idp-registry', 'POST', org.path('/identity-providers/idp-b/disable'))
    await eventually(
      async () =>
        expectRefused(await postExchange(issuer, client, subjectB()), 'invalid_request', { organization: org, reason: 'idp.disabled' }),
      { withinMs: 1_000 },
    )
    await independent.exchange(client, subjectA())
    await admin.must('idp-registry', 'POST', org.path('/identity-providers/idp-b/enable'))
    await eventually(() => independent.exchange(client, subjectB()), { withinMs: 1_000 })
  })
})

describe('client credentials', () => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)('gives the application a token of its own, by %s', async (method) => {
    const answer = await independent.clientCredentials(client, method)
    expect(answer).toEqual({
      access_token: expect.any(String) as unknown,
      token_type: 'bearer',
      expires_in: 900,
      scope: 'read write',
    })
    const claims = await independent.validate(answer.access_token, 'urn:journey:orders')
    expect(claims).toEqual({
      iss: issuer,
      sub: `client/${client.clientId}`,
      aud: ['urn:journey:orders'],
      client_id: client.clientId,
      azp: client.clientId,
      scope: 'read write',
      iat: expect.any(Number) as unknown,
      nbf: claims.iat,
      exp: claims.iat + 900,
      jti: uuid,
      org: { id: orgId, handle: 'journey' },
      app: { id: app.id },
      env: 'production',
    })
  })

  it.each([
    ['CA-01', {}],
    ['CA-02', { basic: ['id', 'cmb_wrong'] }],
    ['CA-02', { form: { client_secret: 'cmb_wrong' } }],
  ] as const)('without the right credentials is 401 with a challenge (%s)', async (_case, given) => {
    const answer = await call(`${issuer}/oauth2/token`, {
      ...('basic' in given ? { basic: [client.clientId, given.basic[1]] as const } : {}),
      form: { grant_type: 'client_credentials', ...('form' in given ? { client_id: client.clientId, ...given.form } : {}) },
    })
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="oauth2", charset="UTF-8"' } })
    expect(answer.body).toEqual({ error: 'invalid_client', error_description: 'Client authentication failed.' })
  })
})

describe('the provider’s client id', () => {
  it('belongs to one application, and a provider in use is not deleted', async () => {
    const binding = { identityProvider: 'idp-a', environment: 'production', clientId: providerA.clientId }
    const bound = await admin.send('applications', 'POST', org.path('/applications/app1/bindings'), binding)
    expect(bound).toMatchObject({ status: 201, body: { ...binding, identityProvider: idpA.id } })
    await org.createApplication('another')
    const twice = await admin.send('applications', 'POST', org.path('/applications/another/bindings'), binding)
    expect(twice).toMatchObject({ status: 409, body: { code: 'client_id_bound' } })
    const deleted = await admin.send('idp-registry', 'DELETE', org.path('/identity-providers/idp-a'))
    expect(deleted).toMatchObject({ status: 409, body: { code: 'idp_in_use', applications: [{ id: app.id, name: 'app1' }] } })
    await independent.exchange(client, subjectA())
  })

  it('is shown with everything that is needed to get a token', async () => {
    const { body } = await admin.get('applications', org.path('/applications/app1/connection-info/production'))
    expect(body).toMatchObject({
      tokenEndpoint: `${issuer}/oauth2/token`,
      jwksUri: `${issuer}/oauth2/jwks`,
      clientId: client.clientId,
      identityProviders: [
        {
          name: 'idp-a',
          tokenEndpoint: `${providerA.issuer}/token`,
          clientIds: [providerA.clientId],
          curl: { exchange: expect.stringContaining('subject_token=') as unknown },
        },
        { name: 'idp-b', tokenEndpoint: `${providerB.issuer}/token`, clientIds: [] },
      ],
    })
  })
})

it('nothing that the stack wrote holds a secret or token of this journey', () => {
  const { secrets, files, found } = secretsOnDisk(dataDirectory)
  expect(found).toEqual([])
  expect(secrets).toBeGreaterThan(20)
  expect(files).toBeGreaterThan(8)
})
