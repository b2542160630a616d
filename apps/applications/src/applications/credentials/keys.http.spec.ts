import { secretScan, testKey } from '@cambio/testing'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from '../../testing/running-applications.js'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

interface Keys {
  readonly clientId: string
  readonly clientSecret: string
  readonly rev: number
  readonly secrets: readonly { readonly id: string; readonly expiresAt?: string }[]
}

describe('…/applications/{app}/keys/{environment}', () => {
  let running: RunningApplications
  let as: TestCaller
  let made = 0

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: as } = await running.organization('t1'))
  })

  afterAll(async () => {
    await running.stop()
  })

  /** The address of the keys of an application of its own. */
  const keysOf = async (environment = 'production'): Promise<string> => {
    made += 1
    const { id } = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: `app ${made}` } })
    return `/v1/orgs/t1/applications/${id}/keys/${environment}`
  }

  const generate = async (path: string, json?: unknown): Promise<Keys> =>
    running.expecting(201, 'POST', path, { as, ...(json === undefined ? {} : { json }) })

  it('generates a consumer key and secret, shown this once', async () => {
    const path = await keysOf()
    const answer = await running.call('POST', path, { as })
    const keys = answer.json() as Keys
    expect(answer.headers.location).toBe(path)
    expect(keys).toEqual({
      id: expect.stringMatching(/^crd_/) as string,
      rev: 2,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      environment: 'production',
      clientId: expect.stringMatching(/^[0-9A-Za-z]{24}$/) as string,
      clientSecret: expect.stringMatching(/^cmb_/) as string,
      grantTypes: ['client_credentials'],
      accessTokenLifetimeSeconds: 900,
      public: false,
      authMethod: 'client_secret_basic',
      allowedActors: [],
      secrets: [{ id: expect.stringMatching(/^sec_/) as string, createdAt: expect.any(String) as string }],
    })
    const { clientSecret, ...rest } = keys
    expect(await running.expecting(200, 'GET', path, { as })).toEqual(rest)
    expect(secretScan(running.logged(), [clientSecret])).toEqual([])
    const database = await Promise.all(
      ['applications.db', 'applications.db-wal'].map(async (name) => readFile(join(running.dataDirectory, name), 'latin1')),
    )
    expect(secretScan(database.join(''), [clientSecret])).toEqual([])
  })

  it('generates them once an environment', async () => {
    const path = await keysOf()
    const first = await generate(path)
    expect(refusalOf(await running.call('POST', path, { as }))).toEqual(
      aRefusal('keys_exist', {
        detail: 'This application has keys for production already; change them, rotate their secret, or delete them.',
      }),
    )
    const sandbox = await generate(path.replace('production', 'sandbox'))
    expect(sandbox.clientId).not.toBe(first.clientId)
    expect((await running.call('POST', path.replace('production', 'staging'), { as })).status).toBe(404)
  })

  it('selects token exchange on purpose', async () => {
    const path = await keysOf()
    await generate(path)
    const patched = await running.expecting<Keys>(200, 'PATCH', path, { as, json: { grantTypes: ['client_credentials', exchange] } })
    expect(patched).toMatchObject({ grantTypes: ['client_credentials', exchange], secrets: [{}] })
    expect(patched).not.toHaveProperty('clientSecret')
  })

  it('gives a public client no secret, and refuses client_credentials for it', async () => {
    const path = await keysOf()
    const refused = await running.call('POST', path, { as, json: { public: true, grantTypes: ['client_credentials'] } })
    expect(refusalOf(refused)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/grantTypes' }] } })
    const keys = await generate(path, { public: true, grantTypes: [exchange] })
    expect(keys).toMatchObject({ public: true, authMethod: 'none', secrets: [] })
    expect(keys).not.toHaveProperty('clientSecret')
    expect(refusalOf(await running.call('POST', `${path}/secrets`, { as }))).toEqual(
      aRefusal('conflict', { detail: 'These keys authenticate by none and have no secret.' }),
    )
  })

  it('keeps the public keys of a client that signs, and never a private one', async () => {
    const path = await keysOf()
    const { publicJwk, privateJwk } = testKey('ES256')
    const refused = await running.call('POST', path, { as, json: { authMethod: 'private_key_jwt', jwks: { keys: [privateJwk] } } })
    expect(refusalOf(refused)).toMatchObject({ status: 422, body: { code: 'invalid_content', errors: [{ pointer: '/jwks/keys/0' }] } })
    const keys = await generate(path, { authMethod: 'private_key_jwt', jwks: { keys: [publicJwk] } })
    expect(keys).toMatchObject({ authMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'EC' }] }, secrets: [] })
  })

  it('rotates with overlap, two live at most', async () => {
    const path = await keysOf()
    const { secrets } = await generate(path)
    const [first] = secrets
    const added = await running.expecting<{ id: string; clientSecret: string }>(201, 'POST', `${path}/secrets`, {
      as,
      json: { expiresInSeconds: 3_600 },
    })
    const both = await running.expecting<Keys>(200, 'GET', path, { as })
    expect(both.secrets).toMatchObject([{ id: first?.id, expiresAt: expect.any(String) as string }, { id: added.id }])
    expect(refusalOf(await running.call('POST', `${path}/secrets`, { as }))).toEqual(
      aRefusal('too_many_secrets', {
        detail: 'Two secrets are live already; delete one of them, or let the old ones expire with expiresInSeconds 0.',
      }),
    )
    await running.expecting(204, 'DELETE', `${path}/secrets/${first?.id ?? ''}`, { as })
    expect((await running.expecting<Keys>(200, 'GET', path, { as })).secrets).toMatchObject([{ id: added.id }])
    expect((await running.call('DELETE', `${path}/secrets/${first?.id ?? ''}`, { as })).status).toBe(404)
    await running.expecting(201, 'POST', `${path}/secrets`, { as, json: { expiresInSeconds: 0 } })
    expect((await running.expecting<Keys>(200, 'GET', path, { as })).secrets).toHaveLength(1)
  })

  it('gives the same secret again to a repeated request (AD-17)', async () => {
    const path = await keysOf()
    const call = { as, headers: { 'idempotency-key': 'generate-1' } }
    const first = await running.call('POST', path, call)
    const second = await running.call('POST', path, call)
    expect([first.status, second.status, second.text]).toEqual([201, 201, first.text])
  })

  it('refuses unknown members, unknown grants and actors of unknown identity providers, and nothing has changed (AD-05)', async () => {
    const path = await keysOf()
    await generate(path)
    const before = await running.expecting(200, 'GET', path, { as })
    const patch = async (json: unknown): Promise<unknown> => refusalOf(await running.call('PATCH', path, { as, json }))
    expect(await patch({ clientId: 'mine', secrets: [] })).toEqual(
      aRefusal('invalid_content', {
        errors: [
          { pointer: '/clientId', detail: 'is not known here' },
          { pointer: '/secrets', detail: 'is not known here' },
        ],
      }),
    )
    expect(await patch({ grantTypes: ['password'] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/grantTypes/0' }] } })
    expect(await patch({ allowedActors: [{ identityProvider: 'nope', sub: 'bot' }] })).toEqual(
      aRefusal('identity_provider_unknown', {
        errors: [{ pointer: '/allowedActors/0/identityProvider', detail: 'is no identity provider of this organization' }],
      }),
    )
    const stale = await running.call('PATCH', path, { as, json: { public: false }, headers: { 'if-match': '"99"' } })
    expect(refusalOf(stale)).toMatchObject({ status: 412, body: { code: 'stale_revision' } })
    expect(await running.expecting(200, 'GET', path, { as })).toEqual(before)
  })

  it('ends with its deletion; new ones have another client id', async () => {
    const path = await keysOf()
    const first = await generate(path)
    await running.expecting(204, 'DELETE', path, { as })
    expect(refusalOf(await running.call('GET', path, { as }))).toEqual(aRefusal('not_found', { detail: 'There is no such key.' }))
    expect((await generate(path)).clientId).not.toBe(first.clientId)
  })
})
