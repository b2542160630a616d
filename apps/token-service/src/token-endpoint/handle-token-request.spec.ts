import { PLATFORM } from '@cambio/contracts'
import { grantTypes, tokenTypes } from '@cambio/oauth'
import {
  aCredential,
  anAdminClient,
  anApi,
  anApplication,
  anIdp,
  aSubjectToken,
  aSubscription,
  FIXED_NOW_SECONDS,
  IDS,
  ISSUER_A,
  ISSUER_B,
  keyB,
  secretScan,
  TEST_CLIENT_SECRET,
} from '@cambio/testing'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { MORE_IDS, OWN_ISSUER } from '../testing/exchange-world.js'
import { type Posted, TokenEndpoint } from '../testing/token-endpoint.js'

let endpoint: TokenEndpoint
beforeEach(async () => {
  endpoint = await TokenEndpoint.make()
})
afterEach(async () => endpoint.end())

const exchange = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  grant_type: grantTypes.tokenExchange,
  subject_token: aSubjectToken(),
  subject_token_type: tokenTypes.jwt,
  ...more,
})

const INVALID_REQUEST = { error: 'invalid_request', error_description: 'The request is malformed or its token was refused.' }
const INVALID_TARGET = { error: 'invalid_target', error_description: 'A requested audience or resource is not available to this client.' }
const INVALID_SCOPE = { error: 'invalid_scope', error_description: 'The requested scope is malformed, unknown or was not granted.' }

/** Status, whole body, and the reason that only the audit record gets. */
const seen = ({ status, body, failure }: Posted): unknown => [status, body, failure?.reason]

describe('a token exchange', () => {
  it('answers as RFC 8693 §2.2.1 says (TE-01)', async () => {
    const posted = await endpoint.post(exchange())
    expect(posted.body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 330,
      scope: 'read write',
    })
  })

  it('issues a token that says the same (IS-02, IS-04)', async () => {
    const { answer } = await endpoint.post(exchange())
    expect(decodeJwt(answer!.access_token)).toEqual({
      iss: OWN_ISSUER,
      sub: `idp/${IDS.identityProvider}/alice`,
      aud: ['urn:t1:orders'],
      client_id: 'app1',
      azp: 'app1',
      scope: 'read write',
      iat: FIXED_NOW_SECONDS,
      nbf: FIXED_NOW_SECONDS,
      exp: FIXED_NOW_SECONDS + 330,
      jti: expect.any(String) as string,
      org: { id: IDS.organization, handle: 't1' },
      app: { id: IDS.application },
      env: 'production',
      idp: { id: IDS.identityProvider, name: 'idp-a', iss: ISSUER_A, sub: 'alice', kid: 'a1' },
    })
  })

  it('takes the types of token that the registration allows, and no other (TE-02)', async () => {
    const marked = anIdp({ claims: { accessTokenMark: 'scope' }, acceptedTokenTypes: ['jwt', 'access_token', 'id_token'] })
    const token = { jwt: aSubjectToken(), id_token: aSubjectToken(), access_token: aSubjectToken({ claims: { scope: 'x' } }) }
    const types = { jwt: tokenTypes.jwt, id_token: tokenTypes.idToken, access_token: tokenTypes.accessToken } as const
    for (const type of ['jwt', 'id_token', 'access_token'] as const) {
      endpoint.world.feed('identity-providers', { ...marked, acceptedTokenTypes: [type] })
      for (const declared of ['jwt', 'id_token', 'access_token'] as const) {
        const posted = await endpoint.post(exchange({ subject_token: token[declared], subject_token_type: types[declared] }))
        if (declared === type) expect(posted.status).toBe(200)
        else expect(seen(posted)).toEqual([400, INVALID_REQUEST, 'subject_token.type_not_accepted'])
      }
    }
  })

  it.each([
    ['grant_type', {}, 'request.missing_parameter'],
    ['subject_token', { grant_type: grantTypes.tokenExchange, subject_token_type: tokenTypes.jwt }, 'request.missing_parameter'],
    ['subject_token_type', { grant_type: grantTypes.tokenExchange, subject_token: 'a.b.c' }, 'request.missing_parameter'],
  ])('needs %s (TE-05)', async (name, form, reason) => {
    const posted = await endpoint.post(form)
    expect(seen(posted)).toEqual([400, INVALID_REQUEST, reason])
    expect(posted.failure?.detail).toBe(name)
  })

  it.each(['urn:ietf:params:oauth:token-type:saml2', tokenTypes.refreshToken, 'jwt', 'x y', tokenTypes.jwt.toUpperCase()])(
    'refuses a subject token of type %j (TE-07)',
    async (type) => {
      const posted = await endpoint.post(exchange({ subject_token_type: type }))
      expect(seen(posted)).toEqual([400, INVALID_REQUEST, 'request.unsupported_token_type'])
    },
  )

  it('refuses an actor token without its type, and a type without a token (TE-08)', async () => {
    expect(seen(await endpoint.post(exchange({ actor_token: 'a.b.c' })))).toEqual([
      400,
      INVALID_REQUEST,
      'request.actor_token_without_type',
    ])
    expect(seen(await endpoint.post(exchange({ actor_token_type: tokenTypes.jwt })))).toEqual([
      400,
      INVALID_REQUEST,
      'request.actor_type_without_token',
    ])
    const badType = await endpoint.post(exchange({ actor_token: 'a.b.c', actor_token_type: 'x' }))
    expect(seen(badType)).toEqual([400, INVALID_REQUEST, 'request.unsupported_token_type'])
  })

  it('issues an access token, whatever it is called, and nothing else (TE-10)', async () => {
    for (const requested of [tokenTypes.accessToken, tokenTypes.jwt]) {
      const { answer } = await endpoint.post(exchange({ requested_token_type: requested }))
      expect(answer?.issued_token_type).toBe(tokenTypes.accessToken)
    }
    for (const requested of [tokenTypes.refreshToken, tokenTypes.idToken, 'x']) {
      const posted = await endpoint.post(exchange({ requested_token_type: requested }))
      expect(seen(posted)).toEqual([400, INVALID_REQUEST, 'request.unsupported_requested_token_type'])
    }
  })

  it('takes several audiences, all of them subscribed (TE-13)', async () => {
    const audiences = [
      ['audience', 'urn:t1:orders'],
      ['audience', 'urn:t1:billing'],
    ] as const
    expect(seen(await endpoint.post([...Object.entries(exchange()), ...audiences]))).toEqual([400, INVALID_TARGET, 'target.not_subscribed'])
    endpoint.world.feed('applications', anApplication({ subscriptions: [aSubscription(), aSubscription({ api: MORE_IDS.billing })] }))
    const { answer } = await endpoint.post([...Object.entries(exchange()), ...audiences])
    expect(decodeJwt(answer!.access_token)).toMatchObject({
      aud: ['urn:t1:orders', 'urn:t1:billing'],
      scope: 'urn:t1:orders:read urn:t1:orders:write',
    })
    expect(answer?.scope).toBe('urn:t1:orders:read urn:t1:orders:write')
  })

  it('takes audience and resource alike', async () => {
    for (const name of ['audience', 'resource']) {
      const { answer } = await endpoint.post(exchange({ [name]: 'urn:t1:orders' }))
      expect(decodeJwt(answer!.access_token).aud).toEqual(['urn:t1:orders'])
    }
  })

  it('refuses a token of over 16 KiB, correctly signed as it is (TE-14)', async () => {
    const padded = (length: number): string => aSubjectToken({ claims: { jti: 'j', padding: 'x'.repeat(length) } })
    // Three bytes are four characters; the search begins just below where the limit must be.
    let length = Math.floor((16_384 - padded(0).length) / 4) * 3 - 6
    while (padded(length + 1).length <= 16_384) length += 1
    expect((await endpoint.post(exchange({ subject_token: padded(length) }))).status).toBe(200)
    expect(seen(await endpoint.post(exchange({ subject_token: padded(length + 1) })))).toEqual([
      400,
      INVALID_REQUEST,
      'subject_token.too_large',
    ])
  })

  it('counts an empty scope as none (TE-20)', async () => {
    for (const scope of ['', ' ']) expect((await endpoint.post(exchange({ scope }))).answer?.scope).toBe('read write')
  })

  it.each([
    ['a quote', 'read "write"', 'scope.malformed'],
    ['a backslash', 'read\\write', 'scope.malformed'],
    ['a control character', 'read\u0001', 'scope.malformed'],
    ['a newline', 'read\nwrite', 'scope.malformed'],
    ['a letter outside ASCII', 'lësen', 'scope.malformed'],
    ['5 kB', 'r'.repeat(5_000), 'scope.too_long'],
    ['a name that no API defines', 'delete', 'scope.undefined'],
  ])('refuses a scope with %s (TE-22)', async (_name, scope, reason) => {
    expect(seen(await endpoint.post(exchange({ scope })))).toEqual([400, INVALID_SCOPE, reason])
  })

  it.each(['orders', 'https://x/#f'])('refuses resource %j (TE-23)', async (resource) => {
    expect(seen(await endpoint.post(exchange({ resource })))).toEqual([400, INVALID_TARGET, 'target.malformed'])
  })

  it('grants what was asked for and may be had, and says what that is', async () => {
    endpoint.world.feed('identity-providers', anIdp({ scopeMappings: [{ from: 'any', scopes: ['urn:t1:orders:read'] }] }))
    expect((await endpoint.post(exchange({ scope: 'read write' }))).answer?.scope).toBe('read')
    expect(seen(await endpoint.post(exchange({ scope: 'write' })))).toEqual([400, INVALID_SCOPE, 'scope.none_granted'])
  })

  it('says nothing of scopes where there are none', async () => {
    endpoint.world.feed('apis', anApi({ scopes: [] }))
    const { answer } = await endpoint.post(exchange())
    expect(answer).not.toHaveProperty('scope')
    expect(decodeJwt(answer!.access_token)).not.toHaveProperty('scope')
  })

  it('names the actor in the token, with the subject unchanged (PO-13)', async () => {
    const form = exchange({
      subject_token: aSubjectToken({ claims: { may_act: { iss: ISSUER_B, sub: 'service-1' } } }),
      actor_token: aSubjectToken({ issuer: ISSUER_B, key: keyB(), claims: { sub: 'service-1' } }),
      actor_token_type: tokenTypes.jwt,
    })
    const { answer } = await endpoint.post(form)
    expect(decodeJwt(answer!.access_token)).toMatchObject({
      sub: `idp/${IDS.identityProvider}/alice`,
      act: { sub: `idp/${MORE_IDS.identityProviderB}/service-1` },
    })
  })

  it('keeps equal subjects of two providers and of a client apart (ST-49, PO-14)', async () => {
    endpoint.world.feed(
      'applications',
      anApplication({ credentials: [aCredential({ grantTypes: [grantTypes.tokenExchange, grantTypes.clientCredentials] })] }),
    )
    const sub = 'app1'
    const answers = [
      await endpoint.post(exchange({ subject_token: aSubjectToken({ claims: { sub } }) })),
      await endpoint.post(exchange({ subject_token: aSubjectToken({ issuer: ISSUER_B, key: keyB(), claims: { sub } }) })),
      await endpoint.post({ grant_type: grantTypes.clientCredentials }),
    ]
    expect(answers.map(({ answer }) => decodeJwt(answer!.access_token).sub)).toEqual([
      `idp/${IDS.identityProvider}/app1`,
      `idp/${MORE_IDS.identityProviderB}/app1`,
      'client/app1',
    ])
  })

  it('copies mapped claims under ext and none of ours (IS-23, ST-50)', async () => {
    const mapped = ['department', 'email', 'client_id'].map((from) => ({ from, to: from === 'client_id' ? 'sub' : from }))
    endpoint.world.feed('identity-providers', anIdp({ claimMappings: mapped }))
    const claims = {
      department: 'sales',
      email: 'a@t1.test',
      client_id: 'evil',
      org: 'evil',
      scope: 'x',
      env: 'sandbox',
      ext: { a: 1 },
      app: 'evil',
    }
    const { answer } = await endpoint.post(exchange({ subject_token: aSubjectToken({ claims }) }))
    const issued = decodeJwt(answer!.access_token)
    expect(issued['ext']).toEqual({ department: 'sales', sub: 'evil' })
    expect(issued).toMatchObject({
      sub: `idp/${IDS.identityProvider}/alice`,
      client_id: 'app1',
      env: 'production',
      app: { id: IDS.application },
    })
  })

  it('ignores members that every object has, and pollutes none (ST-38)', async () => {
    const claims = { constructor: { prototype: { x: 1 } }, toString: 'x', hasOwnProperty: 1 }
    expect((await endpoint.post(exchange({ subject_token: aSubjectToken({ claims }) }))).status).toBe(200)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('takes 100 at a time, each with a token of its own (TE-32)', async () => {
    const form = exchange()
    const answers = await Promise.all(Array.from({ length: 100 }, async () => endpoint.post(form)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200))
    expect(new Set(answers.map(({ answer }) => decodeJwt(answer!.access_token).jti)).size).toBe(100)
  })
})

describe('a request that is no form of one meaning', () => {
  it.each(['grant_type', 'subject_token', 'scope', 'client_id', 'unheard_of'])('is refused with %s twice (TE-11)', async (name) => {
    const pairs = Object.entries(exchange({ scope: 'read', client_id: 'app1', unheard_of: 'x' }))
    const posted = await endpoint.post([...pairs, [name, 'again']])
    expect(seen(posted)).toEqual([400, INVALID_REQUEST, 'request.duplicate_parameter'])
  })

  it('is refused when it was not declared a form (TE-17)', async () => {
    expect(seen(await endpoint.post({}, { body: null }))).toEqual([400, INVALID_REQUEST, 'request.unsupported_media_type'])
  })

  it.each([
    ['NUL', 'scope=%00'],
    ['a lone surrogate', 'scope=%ED%A0%80'],
    ['invalid UTF-8', 'scope=%ff'],
    ['a broken percent sequence', 'scope=%zz'],
    ['a raw letter outside ASCII', 'scope=ü'],
    ['a raw newline', 'scope=a\nb'],
  ])('is refused with %s (TE-31)', async (_name, pair) => {
    const body = `${new URLSearchParams(exchange()).toString()}&${pair}`
    expect(seen(await endpoint.post({}, { body }))).toEqual([400, INVALID_REQUEST, 'request.malformed_form'])
  })

  it.each([
    'subject_token=x',
    'client_secret=x',
    'x=1&actor_token=',
    'subject%5Ftoken=x',
    'x=1?&client_secret=x',
    'client_assertion=x',
    'token=x',
  ])('is refused with a secret or token in the query, %s (TE-19)', async (query) => {
    expect(seen(await endpoint.post(exchange(), { query }))).toEqual([400, INVALID_REQUEST, 'request.credentials_in_query'])
  })

  it('may have a query that carries none', async () => {
    expect((await endpoint.post(exchange(), { query: 'tenant=1' })).status).toBe(200)
  })

  it.each(['password', 'authorization_code', 'x', 'constructor', grantTypes.jwtBearer, grantTypes.refreshToken, 'CLIENT_CREDENTIALS'])(
    'of grant type %j is refused before anybody is authenticated (TE-04)',
    async (grant) => {
      const posted = await endpoint.post({ grant_type: grant }, { basic: null })
      expect(seen(posted)).toEqual([
        400,
        { error: 'unsupported_grant_type', error_description: 'This grant type is not supported.' },
        'grant.unsupported',
      ])
    },
  )
})

describe('who may use which grant', () => {
  const UNAUTHORIZED = [
    400,
    { error: 'unauthorized_client', error_description: 'This client may not do that.' },
    'grant.not_allowed_for_client',
  ]

  it('is what the credential lists (PO-07)', async () => {
    endpoint.world.feed('applications', anApplication({ credentials: [aCredential({ grantTypes: [grantTypes.clientCredentials] })] }))
    expect(seen(await endpoint.post(exchange()))).toEqual(UNAUTHORIZED)
    endpoint.world.feed('applications', anApplication())
    expect(seen(await endpoint.post({ grant_type: grantTypes.clientCredentials }))).toEqual(UNAUTHORIZED)
  })

  it('is told before the token is looked at', async () => {
    endpoint.world.feed('applications', anApplication({ credentials: [aCredential({ grantTypes: [] })] }))
    expect(seen(await endpoint.post({ grant_type: grantTypes.tokenExchange }))).toEqual(UNAUTHORIZED)
  })

  it('never lets an administrator exchange a token', async () => {
    endpoint.world.feed('admin-clients', anAdminClient())
    expect(seen(await endpoint.post(exchange(), { basic: ['admin-1', TEST_CLIENT_SECRET] }))).toEqual(UNAUTHORIZED)
  })
})

describe('a failure to authenticate', () => {
  it('is 401 with a challenge, and the same bytes for every reason (CA-01, CA-02, CA-04, CA-10)', async () => {
    const requests = [
      await endpoint.post(exchange(), { basic: null }),
      await endpoint.post(exchange(), { basic: ['app1', 'wrong'] }),
      await endpoint.post(exchange(), { basic: ['nobody', TEST_CLIENT_SECRET] }),
      await endpoint.post(exchange({ client_id: 'app1' }), { basic: null }),
      await endpoint.post(exchange(), { authorization: 'Basic x' }),
    ]
    expect(requests.map(({ failure }) => failure?.reason)).toEqual([
      'client.missing_credentials',
      'client.wrong_secret',
      'client.unknown',
      'client.authentication_required',
      'client.malformed_credentials',
    ])
    for (const { status, headers, body } of requests) {
      expect({ status, headers, body }).toEqual({
        status: 401,
        headers: {
          'cache-control': 'no-store',
          'content-type': 'application/json',
          'www-authenticate': 'Basic realm="oauth2", charset="UTF-8"',
        },
        body: { error: 'invalid_client', error_description: 'Client authentication failed.' },
      })
    }
  })
})

describe('what cannot be decided now', () => {
  const UNAVAILABLE = { error: 'temporarily_unavailable', error_description: 'The request cannot be decided at the moment. Try again.' }

  it('is 503 with Retry-After while there is no signing key, and uses no token up', async () => {
    endpoint.world.feed('identity-providers', anIdp({ singleUse: true }))
    const signingKey = endpoint.world.signingKeys.all()[0]!
    endpoint.world.feed('signing-keys', null)
    const form = exchange()
    const posted = await endpoint.post(form)
    expect(seen(posted)).toEqual([503, UNAVAILABLE, 'service.no_signing_key'])
    expect(posted.headers['retry-after']).toBe('5')
    endpoint.world.feed('signing-keys', signingKey)
    expect((await endpoint.post(form)).status).toBe(200)
  })

  it('is 503 while the configuration has not come, or is too old, before anybody is told that it is unknown', async () => {
    const unknown = { basic: ['nobody', TEST_CLIENT_SECRET] } as const
    for (const [ageSeconds, reason] of [
      [undefined, 'service.not_ready'],
      [61, 'service.too_stale'],
    ] as const) {
      endpoint.replicas = [{ ready: false, ageSeconds }]
      endpoint.world.clock.advanceMs(100)
      expect(seen(await endpoint.post(exchange(), unknown))).toEqual([503, UNAVAILABLE, reason])
    }
    endpoint.replicas = []
    endpoint.world.clock.advanceMs(100)
    expect((await endpoint.post(exchange(), unknown)).status).toBe(401)
  })

  it('is told apart from a request that is wrong whatever the configuration says', async () => {
    endpoint.replicas = [{ ready: false, ageSeconds: undefined }]
    endpoint.world.clock.advanceMs(100)
    expect((await endpoint.post({ grant_type: 'password' })).status).toBe(400)
    expect((await endpoint.post({}, { body: null })).status).toBe(400)
  })

  it('is 503 while the organization of the client has not come, and uses no token up', async () => {
    endpoint.world.feed('identity-providers', anIdp({ singleUse: true }))
    endpoint.world.feed('organizations', null, { id: IDS.organization })
    const form = exchange()
    expect(seen(await endpoint.post(form))).toEqual([503, UNAVAILABLE, 'service.not_ready'])
    endpoint.world.feed('organizations', { handle: 't1', name: 'T1' }, { id: IDS.organization })
    expect((await endpoint.post(form)).status).toBe(200)
  })
})

describe('the record of a request', () => {
  it('has client, grant, provider, subject, target, scopes and the id of the token', async () => {
    const { answer } = await endpoint.post(exchange({ scope: 'read' }))
    expect(await endpoint.lastDecision(IDS.organization)).toMatchObject({
      clientId: 'app1',
      outcome: 'issued',
      action: 'token.issue',
      detail: {
        grantType: grantTypes.tokenExchange,
        identityProvider: IDS.identityProvider,
        subject: `idp/${IDS.identityProvider}/alice`,
        audience: ['urn:t1:orders'],
        scopes: ['urn:t1:orders:read'],
        jti: decodeJwt(answer!.access_token).jti,
      },
    })
  })

  it('has the precise reason of a refusal that the client is not told', async () => {
    await endpoint.post(
      exchange({ subject_token: aSubjectToken({ claims: { iat: FIXED_NOW_SECONDS - 400, exp: FIXED_NOW_SECONDS - 100 } }) }),
    )
    expect(await endpoint.lastDecision(IDS.organization)).toMatchObject({
      clientId: 'app1',
      outcome: 'subject_token.expired',
      detail: { grantType: grantTypes.tokenExchange, refused: '100 s ago' },
    })
  })

  it('is the organization’s of the client that the request claimed to be, else the platform’s', async () => {
    await endpoint.post(exchange(), { basic: ['app1', 'wrong'] })
    expect(await endpoint.lastDecision(IDS.organization)).toMatchObject({ clientId: 'app1', outcome: 'client.wrong_secret' })
    await endpoint.post(exchange(), { basic: ['nobody', 'wrong'] })
    expect(await endpoint.lastDecision(IDS.organization)).toBeUndefined()
    expect(await endpoint.lastDecision(PLATFORM)).toMatchObject({ outcome: 'client.unknown' })
    expect(await endpoint.lastDecision(PLATFORM)).not.toHaveProperty('clientId')
  })

  it('is made of a defect of ours too', async () => {
    const broken = await TokenEndpoint.make(undefined, '')
    await expect(broken.post(exchange())).rejects.toThrow(new TypeError('the pepper is empty'))
    expect(await broken.lastDecision(PLATFORM)).toMatchObject({
      outcome: 'service.unexpected',
      detail: { grantType: grantTypes.tokenExchange },
    })
    await broken.end()
  })

  it('has no token and no secret in it', async () => {
    const secrets = [aSubjectToken(), aSubjectToken({ claims: { exp: 1 } }), TEST_CLIENT_SECRET]
    const records: unknown[] = []
    for (const token of secrets) {
      const { answer } = await endpoint.post(exchange({ subject_token: token, audience: token === secrets[0] ? 'urn:t1:orders' : token }))
      if (answer !== undefined) secrets.push(answer.access_token)
      records.push(await endpoint.lastDecision(IDS.organization))
    }
    expect(records).toHaveLength(4)
    expect(secretScan(JSON.stringify(records), secrets)).toEqual([])
  })
})
