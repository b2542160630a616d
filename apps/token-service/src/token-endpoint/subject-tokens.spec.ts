import { readFeedEntry } from '@cambio/contracts'
import { createNatsLink, type NatsLink, RpcClient } from '@cambio/messaging'
import { grantTypes, tokenTypes } from '@cambio/oauth'
import {
  aKeySet,
  anIdp,
  aSubjectToken,
  captureLogs,
  FIXED_NOW_SECONDS,
  IDS,
  keyA,
  startNatsServer,
  type TestNatsServer,
  testKey,
} from '@cambio/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { AnsweringRegistry } from '../testing/answering-registry.js'
import { refusedSubjectTokens, registrationsOfCases } from '../testing/subject-token-cases/refused-subject-tokens.js'
import { TokenEndpoint } from '../testing/token-endpoint.js'
import { RegistryKeyRefresher } from '../trust/registry-key-refresher.js'

const exchange = (token: string, type: keyof typeof types = 'jwt'): Record<string, string> => ({
  grant_type: grantTypes.tokenExchange,
  subject_token: token,
  subject_token_type: types[type],
})
const types = { jwt: tokenTypes.jwt, id_token: tokenTypes.idToken, access_token: tokenTypes.accessToken } as const

let server: TestNatsServer
let registry: AnsweringRegistry
let link: NatsLink
beforeAll(async () => {
  server = await startNatsServer()
  registry = await AnsweringRegistry.start(server.url)
  link = createNatsLink({ servers: server.url, name: 'token-service', log: captureLogs().logger })
  await link.connected()
})
afterAll(async () => {
  await link.close()
  await registry.stop()
  await server.stop()
})

async function anEndpoint(): Promise<TokenEndpoint> {
  const refresher = new RegistryKeyRefresher(new RpcClient(link, captureLogs().logger), (entry) => {
    const reading = readFeedEntry('key-sets', entry)
    if (reading.ok) endpoint.world.directory.keySets.apply(reading.entry)
  })
  const endpoint = await TokenEndpoint.make(refresher)
  return endpoint
}

describe('a subject token that an exchange refuses', () => {
  let endpoint: TokenEndpoint
  beforeAll(async () => {
    registry.answer = () => ({ ok: true, value: { outcome: 'unchanged', entry: null } })
    endpoint = await anEndpoint()
    for (const { id, value, keys } of registrationsOfCases) {
      endpoint.world.feed('identity-providers', value, { id }).feed('key-sets', aKeySet({}, keys), { id })
    }
  })
  afterAll(async () => endpoint.end())

  it.each(refusedSubjectTokens)('$name ($id)', async ({ token, type, reason }) => {
    const { status, headers, body, failure } = await endpoint.post(exchange(token(FIXED_NOW_SECONDS), type))
    expect(failure?.reason).toBe(reason)
    expect({ status, headers, body }).toEqual({
      status: 400,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
      body: { error: 'invalid_request', error_description: 'The request is malformed or its token was refused.' },
    })
    const decision = await endpoint.lastDecision(IDS.organization)
    expect(decision).toMatchObject({ clientId: 'app1', outcome: reason })
    expect(decision?.detail).not.toHaveProperty('jti')
  })
})

describe('a subject token by a key that is not in memory', () => {
  const newKey = testKey('RS256', { name: 'a2' })
  const token = aSubjectToken({ key: newKey })
  let endpoint: TokenEndpoint
  beforeEach(async () => {
    registry.questions.length = 0
    registry.answer = () => ({ ok: true, value: { outcome: 'unchanged', entry: null } })
    endpoint = await anEndpoint()
    return async () => endpoint.end()
  })
  const entry = (value = aKeySet({}, [keyA(), newKey])) => ({ v: 1, id: IDS.identityProvider, org: IDS.organization, rev: 2, value })
  const refused = async (): Promise<unknown> => {
    const { status, failure } = await endpoint.post(exchange(token))
    return failure === undefined ? status : [status, failure.reason]
  }

  it('is exchanged at once, after one refresh (JW-08)', async () => {
    registry.brings(entry())
    expect(await refused()).toBe(200)
    expect(await refused()).toBe(200)
    expect(registry.questions).toEqual([{ org: IDS.organization, identityProvider: IDS.identityProvider, kid: 'a2' }])
  })

  it('is refused when the refresh did not bring it and the set is fresh (JW-07)', async () => {
    expect(await refused()).toEqual([400, 'key.unknown_kid'])
    registry.answer = () => ({ ok: true, value: { outcome: 'failed', entry: null } })
    expect(await refused()).toEqual([400, 'key.unknown_kid'])
  })

  it('cannot be decided when the refresh did not bring it and the set is stale (JW-07)', async () => {
    endpoint.world.feed('key-sets', aKeySet({ verifiedAt: new Date((FIXED_NOW_SECONDS - 301) * 1_000).toISOString() }))
    expect(await refused()).toEqual([503, 'key.unknown_kid_in_stale_set'])
    expect((await endpoint.post(exchange(aSubjectToken()))).status).toBe(200)
  })

  it('cannot be decided when nobody could be asked, fresh as the set is (JW-07)', async () => {
    registry.answer = () => ({ ok: false, failure: { code: 'internal' } })
    expect(await refused()).toEqual([503, 'key.unknown_kid_in_stale_set'])
    const { headers } = await endpoint.post(exchange(token))
    expect(headers['retry-after']).toBe('5')
  })

  it('is exchanged after one refresh where no set had come yet (JW-01)', async () => {
    endpoint.world.feed('key-sets', null)
    registry.brings(entry())
    expect(await refused()).toBe(200)
    expect(registry.questions).toHaveLength(1)
  })

  it('cannot be decided where no set has come and none can be had (JW-02)', async () => {
    endpoint.world.feed('key-sets', null)
    registry.brings(entry({ ...aKeySet(), verifiedAt: null, keys: [] }))
    expect(await refused()).toEqual([503, 'key.set_unavailable'])
  })

  it('is refused by a forged signature under the new kid just so', async () => {
    registry.brings(entry())
    const forged = aSubjectToken({ key: testKey('RS256', { name: 'stranger', kid: 'a2' }) })
    const { status, failure } = await endpoint.post(exchange(forged))
    expect([status, failure?.reason]).toEqual([400, 'subject_token.signature_invalid'])
  })

  it('asks nobody for an issuer that is not registered (ST-26)', async () => {
    await endpoint.post(exchange(aSubjectToken({ issuer: 'https://unknown.test', key: newKey })))
    endpoint.world.feed('identity-providers', anIdp({ enabled: false }))
    await endpoint.post(exchange(token))
    expect(registry.questions).toEqual([])
  })

  it('asks once for hundreds of made-up kids (JW-05)', async () => {
    const forms = Array.from({ length: 200 }, (_, index) => exchange(aSubjectToken({ header: { kid: `made-up-${index}` } })))
    const answers = await Promise.all(forms.map(async (form) => endpoint.post(form)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    expect(registry.questions).toHaveLength(1)
  })
})
