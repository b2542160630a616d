import { type IdentityProviderValue } from '@cambio/contracts'
import { grantTypes, tokenTypes } from '@cambio/oauth'
import {
  aCredential,
  anApplication,
  anIdp,
  aSubscription,
  type HttpAnswer,
  IDS,
  ISSUER_A,
  ISSUER_B,
  keyA,
  keyB,
  secretScan,
  TEST_CLIENT_SECRET,
  type TestKey,
  testKey,
} from '@cambio/testing'
import { decodeJwt, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../testing/exchange-world.js'
import { freshKeySet } from '../testing/neighbours.js'
import {
  aTokenNow,
  exchangeForm,
  nowSeconds,
  OWN_URL,
  refusal,
  refusedAs,
  RunningTokenService,
  type TokenServiceReplica,
} from '../testing/running-token-service.js'
import { LISTED_TENANT } from '../testing/subject-token-cases/claims.cases.js'
import { refusedSubjectTokens, registrationsOfCases } from '../testing/subject-token-cases/refused-subject-tokens.js'

const types = { jwt: tokenTypes.jwt, id_token: tokenTypes.idToken, access_token: tokenTypes.accessToken } as const

let running: RunningTokenService
let service: TokenServiceReplica
beforeAll(async () => {
  running = await RunningTokenService.start()
  service = running.replica
  for (const { id, value, keys } of registrationsOfCases) await register(id, value, keys)
})
afterAll(async () => running.stop())

async function register(id: string, value: IdentityProviderValue | null, keys: readonly TestKey[] = [keyA()], org?: string): Promise<void> {
  const at = { id, ...(org !== undefined && { org }) }
  await running.put('key-sets', value === null ? null : freshKeySet(keys), at)
  await running.put('identity-providers', value, at)
}

let made = 0

/** An identity provider of T1 like A, for one test; gives its id and issuer. */
async function anotherIdp(overrides: Partial<IdentityProviderValue> = {}, keys?: readonly TestKey[]) {
  made += 1
  const id = `idp_000000000000000000000000000000d${made}`
  const issuer = `https://idp-${made}.test`
  await register(id, anIdp({ name: `idp-${made}`, issuer, ...overrides }), keys)
  return { id, issuer }
}

/** An application of T1 like `app1`, for one test; gives the options by which its client authenticates. */
async function anotherApplication(overrides: Parameters<typeof anApplication>[0] = {}, credential: Parameters<typeof aCredential>[0] = {}) {
  made += 1
  const clientId = `another-${made}`
  const value = anApplication({ credentials: [aCredential({ clientId, ...credential })], ...overrides })
  await running.put('applications', value, { id: `app_${String(made).padStart(32, '0')}` })
  return { basic: [clientId, TEST_CLIENT_SECRET] as const }
}

function issued(answer: HttpAnswer): JWTPayload {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 200 })
  return decodeJwt((answer.json() as { access_token: string }).access_token)
}

const exchanged = async (token: string, type: keyof typeof types = 'jwt'): Promise<HttpAnswer> =>
  service.token(exchangeForm({ subject_token: token, subject_token_type: types[type] }))

describe('a subject token that is refused with one and the same answer', () => {
  it.each(refusedSubjectTokens)('$name ($id)', async ({ token, type }) => {
    expect(refusal(await exchanged(token(nowSeconds()), type))).toEqual(refusedAs('invalid_request'))
  })

  it('leaves no token in the log, no line of it split, and no prototype changed (ST-14, ST-38)', () => {
    const tokens = refusedSubjectTokens.map(({ token }) => token(nowSeconds())).filter((token) => token.length >= 16)
    expect(secretScan(service.logged(), tokens)).toEqual([])
    for (const line of service.logged().trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('is our own access token, too (ST-35)', async () => {
    const own = (await exchanged(aTokenNow())).json() as { access_token: string }
    for (const type of ['jwt', 'access_token'] as const) {
      expect(refusal(await exchanged(own.access_token, type))).toEqual(refusedAs('invalid_request'))
    }
  })
})

describe('a subject token that is taken', () => {
  it('within the clock skew of its end (ST-17)', async () => {
    const now = nowSeconds()
    const answer = await exchanged(aTokenNow({ claims: { iat: now - 60, exp: now - 25 } }))
    expect(issued(answer).exp).toBeLessThanOrEqual(now + 5)
  })

  it('of a listed tenant of a Microsoft registration (ST-29)', async () => {
    const issuer = `https://login.microsoftonline.com/${LISTED_TENANT}/v2.0`
    const token = aTokenNow({ issuer, claims: { tid: LISTED_TENANT, ver: '2.0', scp: 'api://app/urn:t1:orders:read' } })
    expect(issued(await exchanged(token))['idp']).toMatchObject({ name: 'microsoft', iss: issuer })
  })

  it('of Cognito, whose access tokens have a client id for an audience (ST-22)', async () => {
    const claims = { aud: undefined, token_use: 'access', client_id: 'cambio-test' }
    expect(issued(await exchanged(aTokenNow({ issuer: 'https://cognito.test', claims }), 'access_token')).sub).toContain('/alice')
  })

  it('with claims that are named like what every object has (ST-38)', async () => {
    const claims = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"toString":"x"}') as Record<string, unknown>
    expect(issued(await exchanged(aTokenNow({ claims }))).sub).toBe(`idp/${IDS.identityProvider}/alice`)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('with equal subjects of two providers, which stay two (ST-49)', async () => {
    const subjects = [issued(await exchanged(aTokenNow())).sub, issued(await exchanged(aTokenNow({ issuer: ISSUER_B, key: keyB() }))).sub]
    expect(subjects).toEqual([`idp/${IDS.identityProvider}/alice`, `idp/${MORE_IDS.identityProviderB}/alice`])
  })

  it('with a required claim (ST-52)', async () => {
    expect((await exchanged(aTokenNow({ issuer: 'https://required.test', claims: { repository_owner: 'acme' } }))).status).toBe(200)
  })

  it('without a kid where the provider has one key (ST-59)', async () => {
    expect(issued(await exchanged(aTokenNow({ header: { kid: undefined } })))['idp']).toMatchObject({ id: IDS.identityProvider })
  })

  it('by Ed25519 under both of its names (ST-61)', async () => {
    const key = testKey('Ed25519', { name: 'ed' })
    const { issuer } = await anotherIdp({ allowedAlgorithms: ['EdDSA'] }, [key])
    for (const alg of ['EdDSA', 'Ed25519']) expect((await exchanged(aTokenNow({ issuer, key, header: { alg } }))).status).toBe(200)
  })

  it('with an email that counts only if it is verified (ST-50)', async () => {
    const { issuer } = await anotherIdp({ claimMappings: [{ from: 'email', to: 'email' }] })
    const mapped = async (verified: unknown): Promise<unknown> =>
      issued(await exchanged(aTokenNow({ issuer, claims: { email: 'a@t1.test', email_verified: verified } })))['ext']
    expect(await mapped(true)).toEqual({ email: 'a@t1.test' })
    for (const verified of [false, undefined, 'true', 1]) expect(await mapped(verified)).toBeUndefined()
  })
})

describe('policy', () => {
  it('refuses an API that is not subscribed to (PO-01), and other spellings of one that is (PO-16)', async () => {
    for (const audience of ['urn:t1:billing', 'urn:t1:Orders', 'urn:t1:orders/', 'URN:t1:orders', 'urn:t2:orders']) {
      expect(refusal(await service.token(exchangeForm({ audience })))).toEqual(refusedAs('invalid_target'))
    }
  })

  it('refuses a provider that the application may not use (PO-02)', async () => {
    const client = await anotherApplication({ identityProviders: [IDS.identityProvider] })
    const ofB = exchangeForm({ subject_token: aTokenNow({ issuer: ISSUER_B, key: keyB() }) })
    expect(refusal(await service.token(ofB, client))).toEqual(refusedAs('invalid_request'))
    expect((await service.token(exchangeForm(), client)).status).toBe(200)
  })

  it('refuses a provider from the moment that it is disabled (PO-04)', async () => {
    const { id, issuer } = await anotherIdp()
    expect((await exchanged(aTokenNow({ issuer }))).status).toBe(200)
    await running.put('identity-providers', anIdp({ name: id, issuer, enabled: false }), { id })
    expect(refusal(await exchanged(aTokenNow({ issuer })))).toEqual(refusedAs('invalid_request'))
  })

  it('refuses tokens of the old key when a provider was deleted and registered anew (PO-05)', async () => {
    const { id, issuer } = await anotherIdp()
    const token = aTokenNow({ issuer })
    expect((await exchanged(token)).status).toBe(200)
    const newKey = testKey('RS256', { name: 'reborn', kid: keyA().kid })
    await anotherIdp({ issuer }, [newKey])
    await register(id, null)
    expect(refusal(await exchanged(token))).toEqual(refusedAs('invalid_request'))
    expect((await exchanged(aTokenNow({ issuer, key: newKey }))).status).toBe(200)
  })

  it('refuses a client that does not have the grant (PO-07)', async () => {
    const client = await anotherApplication({}, { grantTypes: [grantTypes.clientCredentials] })
    expect(refusal(await service.token(exchangeForm(), client))).toEqual(refusedAs('unauthorized_client'))
    expect((await service.token({ grant_type: grantTypes.clientCredentials }, client)).status).toBe(200)
    expect(refusal(await service.token({ grant_type: grantTypes.clientCredentials }))).toEqual(refusedAs('unauthorized_client'))
  })

  it.each(['PENDING', 'BLOCKED'] as const)('refuses an API whose subscription is %s (PO-08)', async (status) => {
    const client = await anotherApplication({ subscriptions: [aSubscription({ status })] })
    for (const more of [{ audience: 'urn:t1:orders' }, {}]) {
      expect(refusal(await service.token(exchangeForm(more), client))).toEqual(refusedAs('invalid_target'))
    }
  })

  it('refuses an issuer that only another organization trusts (PO-10)', async () => {
    const issuer = 'https://only-t2.test'
    await register('idp_000000000000000000000000000000e1', anIdp({ name: 'only-t2', issuer }), [keyA()], MORE_IDS.organizationT2)
    expect(refusal(await exchanged(aTokenNow({ issuer })))).toEqual(refusedAs('invalid_request'))
  })

  const delegated = (sub: string): Record<string, string> =>
    exchangeForm({
      subject_token: aTokenNow({ claims: { may_act: { iss: ISSUER_B, sub: 'service-1' } } }),
      actor_token: aTokenNow({ issuer: ISSUER_B, key: keyB(), claims: { sub } }),
      actor_token_type: tokenTypes.jwt,
    })

  it('refuses an actor that the subject did not allow (PO-11)', async () => {
    expect(refusal(await service.token(delegated('service-2')))).toEqual(refusedAs('invalid_request'))
  })

  it('names an allowed actor in the token and leaves the subject as it is (PO-13)', async () => {
    expect(issued(await service.token(delegated('service-1')))).toMatchObject({
      sub: `idp/${IDS.identityProvider}/alice`,
      act: { sub: `idp/${MORE_IDS.identityProviderB}/service-1` },
    })
  })

  it('tells a user whose name is a client id from the client (PO-14)', async () => {
    const client = await anotherApplication({}, { grantTypes: [grantTypes.tokenExchange, grantTypes.clientCredentials] })
    const [clientId] = client.basic
    const user = issued(await service.token(exchangeForm({ subject_token: aTokenNow({ claims: { sub: clientId } }) }), client))
    const itself = issued(await service.token({ grant_type: grantTypes.clientCredentials }, client))
    expect([user.sub, itself.sub]).toEqual([`idp/${IDS.identityProvider}/${clientId}`, `client/${clientId}`])
    expect(user.iss).toBe(OWN_URL)
  })

  it('holds for the environment of the credential', async () => {
    const { issuer } = await anotherIdp({ environments: ['production'] })
    const sandbox = await anotherApplication({}, { environment: 'sandbox' })
    const form = exchangeForm({ subject_token: aTokenNow({ issuer }) })
    expect(refusal(await service.token(form, sandbox))).toEqual(refusedAs('invalid_request'))
    expect(issued(await service.token(exchangeForm(), sandbox))).toMatchObject({ env: 'sandbox', idp: { iss: ISSUER_A } })
  })
})
