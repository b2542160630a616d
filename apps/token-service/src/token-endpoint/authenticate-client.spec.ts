import { type CredentialValue } from '@cambio/contracts'
import { jwtBearerAssertionType, makeClientSecret, oauthErrorAnswer, parseForm } from '@cambio/oauth'
import {
  aCredential,
  anAdminClient,
  anApplication,
  aSecretDigest,
  feedEntry,
  FIXED_NOW_MS,
  TEST_CLIENT_SECRET,
  TEST_PEPPER,
} from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { ClientsProjection } from '../directory/clients.projection.js'
import { authenticateClient, type ClientAuthentication } from './authenticate-client.js'

const PEPPER = Buffer.from(TEST_PEPPER)

const basic = (clientId: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`

let clients: ClientsProjection
beforeEach(() => {
  clients = new ClientsProjection()
  clients.applyAdminClient(feedEntry('admin-clients', anAdminClient()))
  credential({})
})

function credential(overrides: Partial<CredentialValue>): void {
  clients.applyApplication(feedEntry('applications', anApplication({ credentials: [aCredential(overrides)] })))
}

function authenticate(
  authorization: string | undefined,
  body: Readonly<Record<string, string>> = {},
  nowMs = FIXED_NOW_MS,
): ClientAuthentication {
  const form = parseForm(new URLSearchParams(body).toString())
  if (!form.ok) throw new Error(form.failure.reason)
  return authenticateClient(authorization, form.value, clients, PEPPER, nowMs)
}

/** The client id, or the error with its reason and whom the request claimed to be. */
function outcome(...parameters: Parameters<typeof authenticate>): unknown {
  const authentication = authenticate(...parameters)
  if (authentication.ok) return authentication.client.clientId
  const { failure, claimed } = authentication
  return [failure.error, failure.reason, ...(claimed === undefined ? [] : [claimed.clientId])]
}

describe('a client with a secret', () => {
  it('is authenticated by Basic', () => {
    expect(outcome(basic('app1', TEST_CLIENT_SECRET))).toBe('app1')
  })

  it('is authenticated by the body, whichever of the two its registration names', () => {
    const body = { client_id: 'app1', client_secret: TEST_CLIENT_SECRET }
    for (const authMethod of ['client_secret_basic', 'client_secret_post'] as const) {
      credential({ authMethod })
      expect([outcome(undefined, body), outcome(basic('app1', TEST_CLIENT_SECRET))]).toEqual(['app1', 'app1'])
    }
  })

  it('is authenticated by either of two live secrets, and by none that has ended', () => {
    const [old, current] = [makeClientSecret(), makeClientSecret()]
    const ends = new Date(FIXED_NOW_MS + 1_000).toISOString()
    credential({ secrets: [aSecretDigest({ expiresAt: ends }, old), aSecretDigest({}, current)] })
    expect([outcome(basic('app1', old)), outcome(basic('app1', current))]).toEqual(['app1', 'app1'])
    expect(outcome(basic('app1', old), {}, FIXED_NOW_MS + 1_000)).toEqual(['invalid_client', 'client.wrong_secret', 'app1'])
    expect(outcome(basic('app1', current), {}, FIXED_NOW_MS + 1_000)).toBe('app1')
  })

  it('may name itself in the body too', () => {
    expect(outcome(basic('app1', TEST_CLIENT_SECRET), { client_id: 'app1' })).toBe('app1')
  })

  it('of the administrators is authenticated alike', () => {
    expect(outcome(basic('admin-1', TEST_CLIENT_SECRET))).toBe('admin-1')
  })
})

describe('a request that does not authenticate', () => {
  it('is refused without any credentials (CA-01)', () => {
    expect(outcome(undefined)).toEqual(['invalid_client', 'client.missing_credentials'])
  })

  it('is refused with a wrong secret (CA-02)', () => {
    expect(outcome(basic('app1', makeClientSecret()))).toEqual(['invalid_client', 'client.wrong_secret', 'app1'])
    expect(outcome(undefined, { client_id: 'app1', client_secret: makeClientSecret() })).toEqual([
      'invalid_client',
      'client.wrong_secret',
      'app1',
    ])
  })

  it('is answered by the same bytes for an unknown client and a wrong secret (CA-04)', () => {
    const answers = [basic('nobody', makeClientSecret()), basic('app1', makeClientSecret()), basic('nobody', TEST_CLIENT_SECRET)].map(
      (header) => {
        const authentication = authenticate(header)
        return authentication.ok ? authentication : oauthErrorAnswer(authentication.failure)
      },
    )
    expect(answers[0]).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'content-type': 'application/json',
        'www-authenticate': 'Basic realm="oauth2", charset="UTF-8"',
      },
      body: { error: 'invalid_client', error_description: 'Client authentication failed.' },
    })
    expect(answers).toEqual([answers[0], answers[0], answers[0]])
    expect(outcome(basic('nobody', TEST_CLIENT_SECRET))).toEqual(['invalid_client', 'client.unknown'])
  })

  it('is refused when it authenticates in two ways (CA-05)', () => {
    const expected = ['invalid_request', 'client.multiple_methods']
    const header = basic('app1', TEST_CLIENT_SECRET)
    expect(outcome(header, { client_secret: TEST_CLIENT_SECRET })).toEqual(expected)
    expect(outcome(header, { client_id: 'app1', client_secret: TEST_CLIENT_SECRET })).toEqual(expected)
    expect(outcome(header, { client_assertion: 'a.b.c', client_assertion_type: jwtBearerAssertionType })).toEqual(expected)
    expect(outcome(undefined, { client_id: 'app1', client_secret: TEST_CLIENT_SECRET, client_assertion: 'a.b.c' })).toEqual(expected)
  })

  it.each([
    ['no base64', 'Basic $$$'],
    ['no colon', `Basic ${Buffer.from('app1').toString('base64')}`],
    ['nothing after the scheme', 'Basic '],
    ['an empty header', ''],
    ['an empty client id', `Basic ${Buffer.from(`:${TEST_CLIENT_SECRET}`).toString('base64')}`],
    ['a broken percent sequence', `Basic ${Buffer.from('app1:%zz').toString('base64')}`],
    ['another scheme', `Bearer ${TEST_CLIENT_SECRET}`],
    ['two header values joined', `${basic('app1', TEST_CLIENT_SECRET)}, ${basic('app1', TEST_CLIENT_SECRET)}`],
  ])('is refused for a malformed header: %s (CA-07)', (_name, header) => {
    expect(outcome(header)).toEqual(['invalid_client', 'client.malformed_credentials'])
  })

  it.each([
    ['its first 72 bytes', TEST_CLIENT_SECRET.repeat(2).slice(0, 72)],
    ['a prefix', TEST_CLIENT_SECRET.slice(0, -1)],
    ['a suffix', `${TEST_CLIENT_SECRET} `],
    ['another case', TEST_CLIENT_SECRET.toUpperCase()],
    ['its digest', aSecretDigest().digest],
    ['nothing', ''],
  ])('is refused with a secret that is nearly right: %s (CA-08)', (_name, secret) => {
    expect(outcome(basic('app1', secret))).toEqual(['invalid_client', 'client.wrong_secret', 'app1'])
  })

  it('is refused when the body names another client than the header (CA-20)', () => {
    for (const clientId of ['app2', 'APP1', 'admin-1']) {
      expect(outcome(basic('app1', TEST_CLIENT_SECRET), { client_id: clientId })).toEqual(['invalid_request', 'client.id_mismatch'])
    }
  })

  it('is refused for a client that has no live secret, whatever is sent', () => {
    credential({ secrets: [] })
    for (const secret of [TEST_CLIENT_SECRET, 'x']) {
      expect(outcome(basic('app1', secret))).toEqual(['invalid_client', 'client.wrong_secret', 'app1'])
    }
  })
})

describe('a client without a secret', () => {
  it('is taken at its word when its credential is public', () => {
    credential({ public: true, authMethod: 'none', secrets: [] })
    expect(outcome(undefined, { client_id: 'app1' })).toBe('app1')
  })

  it('is refused where the credential is confidential (CA-10)', () => {
    expect(outcome(undefined, { client_id: 'app1' })).toEqual(['invalid_client', 'client.authentication_required', 'app1'])
    expect(outcome(undefined, { client_id: 'app1', client_secret: '' })).toEqual([
      'invalid_client',
      'client.authentication_required',
      'app1',
    ])
    expect(outcome(undefined, { client_id: 'admin-1' })).toEqual(['invalid_client', 'client.authentication_required', 'admin-1'])
  })

  it('is refused where only one of the two marks says public', () => {
    for (const marks of [{ public: true }, { authMethod: 'none' }] as const) {
      credential(marks)
      expect(outcome(undefined, { client_id: 'app1' })).toEqual(['invalid_client', 'client.authentication_required', 'app1'])
    }
  })

  it('is refused when nobody has this client id', () => {
    expect(outcome(undefined, { client_id: 'nobody' })).toEqual(['invalid_client', 'client.unknown'])
  })

  it('is refused when it sends a secret all the same', () => {
    credential({ public: true, authMethod: 'none', secrets: [] })
    expect(outcome(basic('app1', TEST_CLIENT_SECRET))).toEqual(['invalid_client', 'client.wrong_secret', 'app1'])
  })
})

describe('a client of private_key_jwt', () => {
  it('is not authenticated by a secret that its record still has', () => {
    credential({ authMethod: 'private_key_jwt' })
    expect(outcome(basic('app1', TEST_CLIENT_SECRET))).toEqual(['invalid_client', 'client.wrong_auth_method', 'app1'])
  })

  it('is not authenticated by an assertion that nobody has verified', () => {
    credential({ authMethod: 'private_key_jwt' })
    const body = { client_id: 'app1', client_assertion: 'a.b.c', client_assertion_type: jwtBearerAssertionType }
    expect(outcome(undefined, body)).toEqual(['invalid_client', 'client.wrong_auth_method'])
  })
})
