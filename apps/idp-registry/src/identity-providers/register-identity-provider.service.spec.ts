import {
  answersEndlessly,
  answersWith,
  answersWithGzipBomb,
  answersWithJsonText,
  hangsUp,
  hostileIdp,
  type HostileIdp,
  keyA,
  redirectsTo,
  TEST_AUDIENCE,
  unusableKeys,
} from '@cambio/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { aProblem, RunningRegistry } from '../testing/running-registry.js'
import { OWN_ISSUER } from '../testing/neighbours.js'

let registry: RunningRegistry
let idp: HostileIdp
let count = 0

beforeAll(async () => {
  registry = await RunningRegistry.start()
})
afterAll(() => registry.stop())
beforeEach(async () => {
  idp = await hostileIdp()
})
afterEach(() => idp.stop())

/** The body of a creation that discovery completes. */
const aCreation = (more: Record<string, unknown> = {}) => ({
  name: `idp-${(count += 1)}`,
  wellKnownUrl: idp.wellKnownUrl,
  allowedAudiences: [TEST_AUDIENCE],
  ...more,
})

const create = (more: Record<string, unknown> = {}) => registry.post(registry.path(), aCreation(more))

async function names(): Promise<unknown[]> {
  const { items } = (await registry.get(registry.path('?limit=100'))).json() as { items: { name: string }[] }
  return items.map(({ name }) => name)
}

/** Expects a refusal with these findings, and that nothing was stored for it. */
async function expectRefusal(more: Record<string, unknown>, status: number, code: string, findings?: unknown): Promise<void> {
  const before = await names()
  const answer = await create(more)
  expect(answer.json()).toEqual(
    aProblem(status, code, { findings: findings ?? expect.arrayContaining([expect.objectContaining({ code })]) }),
  )
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json'])
  expect(await names()).toEqual(before)
}

describe('a registration by its well-known URL', () => {
  it('is filled in, has the documented defaults, and its keys are fetched (DR-01)', async () => {
    const answer = await create({ name: 'okta' })
    const body = answer.json() as { id: string }
    expect(body).toEqual({
      id: expect.stringMatching(/^idp_[0-9a-f]{32}$/) as string,
      rev: 1,
      createdAt: expect.stringMatching(/Z$/) as string,
      updatedAt: expect.stringMatching(/Z$/) as string,
      name: 'okta',
      type: 'generic',
      enabled: true,
      wellKnownUrl: idp.wellKnownUrl,
      issuer: idp.issuer,
      tokenEndpoint: `${idp.origin}/token`,
      authorizationEndpoint: `${idp.origin}/authorize`,
      jwksUri: idp.jwksUri,
      allowedAudiences: [TEST_AUDIENCE],
      tokenMode: 'EXCHANGED',
      environments: ['production', 'sandbox'],
      allowedAlgorithms: ['RS256'],
      acceptedTokenTypes: ['jwt', 'access_token'],
      claims: { clientId: ['client_id', 'azp'], scopes: 'scope' },
      scopeMappings: [],
      claimMappings: [],
      requiredClaims: {},
      tenants: [],
      maxTokenAgeSeconds: 3600,
      maxTokenLifetimeSeconds: 86_400,
      clockSkewSeconds: 30,
      singleUse: false,
      jwksMaxStaleSeconds: 86_400,
    })
    expect(answer.status).toBe(201)
    expect(answer.headers).toMatchObject({ location: `/v1/orgs/t1/identity-providers/${body.id}`, etag: '"1"' })
    expect((await registry.get(registry.path(`/${body.id}/health`))).json()).toMatchObject({
      keySet: { keys: [{ kid: 'a1', usable: true }] },
    })
    expect(idp.requests).toHaveLength(2)
  })

  it('works by RFC 8414 with the path inserted (DR-02)', async () => {
    const below = await hostileIdp({ issuerPath: '/tenant/1' })
    const answer = await create({ wellKnownUrl: below.oauthMetadataUrl })
    expect(answer.json()).toMatchObject({ issuer: below.issuer, jwksUri: below.jwksUri })
    await below.stop()
  })

  it('takes given values before discovered ones', async () => {
    const given = {
      tokenEndpoint: 'https://other.example/token',
      allowedAlgorithms: ['RS256', 'PS256'],
      claims: { clientId: 'cid' },
      scopeMappings: [{ from: 'role', value: 'admin', scopes: ['urn:t1:orders:read'] }],
      claimMappings: [{ from: 'email', to: 'email' }],
      requiredClaims: { org: ['a', 'b'] },
      tokenMode: 'BOTH',
      environments: ['sandbox'],
      maxTokenAgeSeconds: null,
      description: 'Workforce',
      maxSessionSeconds: 3600,
    }
    const answer = await create(given)
    expect(answer.json()).toMatchObject({
      ...given,
      authorizationEndpoint: `${idp.origin}/authorize`,
      claims: { clientId: 'cid', scopes: 'scope' },
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['DR-04', { wellKnownUrl: 'file:///etc/passwd' }],
    ['DR-04', { wellKnownUrl: 'data:application/json,{}' }],
    ['DR-04', { wellKnownUrl: 'ftp://idp.example/.well-known/openid-configuration' }],
    ['DR-04', { wellKnownUrl: 'gopher://idp.example/.well-known/openid-configuration' }],
    ['DR-04', { wellKnownUrl: 'javascript:alert(1)' }],
    ['DR-05', { wellKnownUrl: 'https://a:b@idp.example/.well-known/openid-configuration' }],
    ['DR-05', { wellKnownUrl: 'https://idp.example/.well-known/openid-configuration#a' }],
    ['DR-07', { wellKnownUrl: 'https://idp.example/config.json' }],
    ['DR-04', { wellKnownUrl: undefined, issuer: 'https://idp.example', jwksUri: 'file:///etc/passwd' }],
    ['DR-05', { jwksUri: 'https://a:b@idp.example/keys' }],
  ])('is 400 for an address that is none to fetch (%s): %o', async (_, more) => {
    await expectRefusal(more, 400, 'invalid_url')
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(0)
  })

  it.each([
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00:ec2::254]',
  ])('is refused for the private address %s (DR-08, DR-10, DR-11)', async (host) => {
    await expectRefusal({ wellKnownUrl: `https://${host}/.well-known/openid-configuration` }, 422, 'target_not_allowed', [
      {
        code: 'target_not_allowed',
        severity: 'error',
        field: 'wellKnownUrl',
        message:
          'This address cannot be used: it must be an https address of a public host by its name, on a permitted port, and the host must answer.',
      },
    ])
  })

  it.each([301, 302, 307, 308] as const)('follows no redirect (DR-17): %i', async (status) => {
    idp.answer(idp.paths.openid, redirectsTo(`${idp.origin}/elsewhere/.well-known/openid-configuration`, status))
    await expectRefusal({}, 422, 'redirect_not_allowed')
    expect(idp.requests).toHaveLength(1)
  })

  it.each([
    ['an endless body (DR-19)', answersEndlessly(), 'too_large'],
    ['129 KiB (DR-19)', answersWith({ issuer: 'x', pad: 'a'.repeat(129 * 1024) }), 'too_large'],
    ['a gzip bomb (DR-20)', answersWithGzipBomb(8 * 1024 * 1024), 'bad_response'],
    ['HTML (DR-22)', answersWith('<html></html>'), 'not_metadata'],
    ['half a document (DR-22)', answersWithJsonText('{"issuer":'), 'not_metadata'],
    ['an array (DR-22)', answersWithJsonText('[]'), 'not_metadata'],
    ['a member twice (DR-22)', answersWithJsonText('{"issuer":"https://a.example","issuer":"https://b.example"}'), 'not_metadata'],
    ['a byte order mark (DR-22)', answersWithJsonText('\ufeff{}'), 'not_metadata'],
    ['an object without metadata (DR-22)', answersWith({}), 'not_metadata'],
    ['404', answersWith('', 404), 'bad_status'],
    ['nothing', hangsUp, 'bad_response'],
  ])('is refused for %s', async (_, answer, code) => {
    idp.answer(idp.paths.openid, answer)
    await expectRefusal({}, 422, code)
    expect(idp.requests).toHaveLength(1)
  })

  it.each(['self-signed', 'expired', 'wrong-name', 'tls-1.0'] as const)('is refused over TLS that is %s (DR-28)', async (flaw) => {
    const flawed = await hostileIdp({ tls: { flaw } })
    await expectRefusal({ wellKnownUrl: flawed.wellKnownUrl }, 422, 'tls_error')
    await flawed.stop()
  })

  it('is refused when the document speaks for another issuer (DR-23)', async () => {
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), issuer: 'https://victim.example' }))
    await expectRefusal({}, 422, 'issuer_mismatch', [
      {
        code: 'issuer_mismatch',
        severity: 'error',
        field: 'issuer',
        message: `The discovery document says https://victim.example, and its address belongs to ${idp.issuer}.`,
        fix: 'Use the discovery address of https://victim.example.',
      },
    ])
    await expectRefusal({ issuer: 'https://victim.example' }, 422, 'issuer_mismatch')
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(0)
  })

  it('is refused for a trailing slash until somebody gives it as issuer (DR-23)', async () => {
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), issuer: `${idp.issuer}/` }))
    await expectRefusal({}, 422, 'issuer_mismatch')
    await expectRefusal({ issuer: idp.issuer }, 422, 'issuer_mismatch')
    expect((await create({ issuer: `${idp.issuer}/` })).json()).toMatchObject({ issuer: `${idp.issuer}/` })
  })

  it('is refused without an address of keys, and for a private one (DR-25)', async () => {
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: undefined }))
    await expectRefusal({}, 422, 'jwks_uri_missing')
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: 'https://10.0.0.1/jwks' }))
    await expectRefusal({ confirmHost: '10.0.0.1' }, 422, 'target_not_allowed')
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: 'file://127.0.0.1/jwks' }))
    await expectRefusal({}, 422, 'target_not_allowed')
  })

  it('takes keys of another host only if it is named (DR-25)', async () => {
    const elsewhere = `http://localhost:${idp.port}/jwks`
    idp.answer(idp.paths.openid, answersWith({ ...idp.metadata(), jwks_uri: elsewhere }))
    await expectRefusal({}, 422, 'jwks_host_unconfirmed')
    await expectRefusal({ confirmHost: 'other.example' }, 422, 'jwks_host_unconfirmed')
    expect(idp.requestsTo(idp.paths.jwks)).toHaveLength(0)
    expect((await create({ confirmHost: 'localhost' })).json()).toMatchObject({ jwksUri: elsewhere, confirmHost: 'localhost' })
  })

  it('is refused with the reason of each key that cannot be used (DR-26)', async () => {
    const { symmetric, ...others } = unusableKeys()
    idp.answer(idp.paths.jwks, answersWith({ keys: [symmetric.jwk, others['rsa-1024'].jwk, others['private-members'].jwk] }))
    await expectRefusal({}, 422, 'no_usable_keys', [
      {
        code: 'no_usable_keys',
        severity: 'error',
        field: 'jwksUri',
        message: 'No member of the key set can be used.',
        fix: 'The provider has to publish a public signing key: RSA of at least 2048 bit, EC P-256, P-384 or P-521, or Ed25519.',
        keys: [
          { index: 0, kid: 'symmetric', reason: 'symmetric' },
          { index: 1, kid: 'rsa-1024', reason: 'rsa_too_small' },
          { index: 2, kid: 'private-members', reason: 'private' },
        ],
      },
    ])
  })

  it('is refused for our own issuer, in any spelling and before any request', async () => {
    await expectRefusal({ issuer: OWN_ISSUER }, 422, 'issuer_reserved')
    await expectRefusal({ issuer: 'HTTP://LOCALHOST:8400/' }, 422, 'issuer_reserved')
    expect(idp.requests).toHaveLength(0)
  })

  it('ignores algorithms that are never used (DR-38)', async () => {
    idp.answer(
      idp.paths.openid,
      answersWith({ ...idp.metadata(), id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'PS256'] }),
    )
    expect((await create()).json()).toMatchObject({ allowedAlgorithms: ['RS256', 'PS256'] })
  })

  it('stores nothing of a document but its addresses (DR-37)', async () => {
    const evil = {
      ...idp.metadata(),
      token_endpoint: '"><script>alert(1)</script>',
      authorization_endpoint: `${idp.origin}/\r\nx: y`,
      op_name: '<b>',
    }
    idp.answer(idp.paths.openid, answersWith(evil))
    const answer = await create()
    expect(answer.status).toBe(201)
    expect(answer.text).not.toContain('script')
    expect(answer.json()).not.toHaveProperty('tokenEndpoint')
    expect(answer.json()).not.toHaveProperty('authorizationEndpoint')
  })
})

describe('a registration without discovery', () => {
  const manual = { wellKnownUrl: undefined }

  it('takes keys that are given, by the same rules', async () => {
    const answer = await create({ ...manual, issuer: 'https://inline.example', jwks: { keys: [keyA().publicJwk] } })
    expect(answer.json()).toMatchObject({
      issuer: 'https://inline.example',
      jwks: { keys: [keyA().publicJwk] },
      allowedAlgorithms: ['RS256', 'ES256'],
    })
    expect(answer.json()).not.toHaveProperty('jwksUri')
    await expectRefusal({ ...manual, issuer: 'https://inline2.example', jwks: { keys: [keyA().privateJwk] } }, 422, 'no_usable_keys')
    expect(registry.logged()).not.toContain(String(keyA().privateJwk['d']))
  })

  it('fetches keys from an address that is given', async () => {
    const answer = await create({ ...manual, issuer: idp.issuer, jwksUri: idp.jwksUri })
    expect([answer.status, idp.requests.length]).toEqual([201, 1])
  })

  it.each([
    ['GitHub Actions', 'https://token.actions.githubusercontent.com', 'repository_owner'],
    ['Google', 'https://accounts.google.com', 'hd'],
    ['GitLab', 'https://gitlab.com', 'namespace_path'],
    ['HCP Terraform', 'https://app.terraform.io', 'terraform_organization_name'],
  ])('of an issuer shared by all customers of %s needs a claim that names the owner (DR-34, PO-17)', async (_, issuer, claim) => {
    const keys = { ...manual, issuer, jwks: { keys: [keyA().publicJwk] } }
    await expectRefusal(keys, 422, 'condition_required')
    await expectRefusal({ ...keys, requiredClaims: { iss: issuer } }, 422, 'condition_required')
    expect((await create({ ...keys, requiredClaims: { [claim]: 'acme' } })).status).toBe(201)
  })

  it('of many Microsoft tenants names them', async () => {
    const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0'
    const keys = { ...manual, type: 'microsoft', issuer, jwks: { keys: [keyA().publicJwk] } }
    const [one, two] = ['11111111-2222-3333-4444-555555555555', '22222222-2222-3333-4444-555555555555']
    await expectRefusal(keys, 422, 'tenants_required')
    expect((await create({ ...keys, tenants: [one, two] })).json()).toMatchObject({ issuer, tenants: [one, two] })
    const concrete = `https://login.microsoftonline.com/${two}/v2.0`
    const answer = await create({ ...keys, issuer: concrete })
    expect(answer.json()).toEqual(
      aProblem(409, 'issuer_exists', { errors: [{ pointer: '/issuer', detail: `${concrete} is registered already` }] }),
    )
  })
})

describe('a registration that cannot be', () => {
  it('is 409 for a taken name, in any case of letters', async () => {
    await create({ name: 'Taken' })
    const answer = await create({ name: 'tAKEN' })
    expect(answer.json()).toEqual(
      aProblem(409, 'name_exists', { errors: [{ pointer: '/name', detail: 'is the name of another identity provider' }] }),
    )
  })

  it('is 409 for a registered issuer, whoever names it (DR-32)', async () => {
    await create()
    idp.forget()
    const given = await create({ issuer: idp.issuer })
    expect(idp.requests).toHaveLength(0)
    const discovered = await create()
    for (const answer of [given, discovered]) {
      expect(answer.json()).toEqual(
        aProblem(409, 'issuer_exists', { errors: [{ pointer: '/issuer', detail: `${idp.issuer} is registered already` }] }),
      )
    }
  })

  it('is one of many at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create()))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)])
    const { items } = (await registry.get(registry.path('?limit=100'))).json() as { items: { issuer: string }[] }
    expect(items.filter(({ issuer }) => issuer === idp.issuer)).toHaveLength(1)
  })

  it('is refused with a condition, which nothing would evaluate', async () => {
    const answer = await create({ condition: 'claims.email_verified == true' })
    expect(answer.json()).toEqual(
      aProblem(422, 'condition_unsupported', {
        errors: [{ pointer: '/condition', detail: 'must be absent: this version evaluates no expression' }],
      }),
    )
    expect(idp.requests).toHaveLength(0)
  })

  it('names every field that is wrong (AD-05)', async () => {
    const answer = await registry.post(registry.path(), { name: '', tenantId: 'x', clockSkewSeconds: 301, wellKnownUrl: idp.wellKnownUrl })
    expect(answer.json()).toEqual(
      aProblem(422, 'invalid_content', {
        errors: [
          { pointer: '/name', detail: expect.stringContaining('must be 1 to 64') as string },
          { pointer: '/allowedAudiences', detail: expect.any(String) as string },
          { pointer: '/clockSkewSeconds', detail: 'must be at most 300' },
          { pointer: '/tenantId', detail: 'is not known here' },
        ],
      }),
    )
    expect(idp.requests).toHaveLength(0)
  })
})
