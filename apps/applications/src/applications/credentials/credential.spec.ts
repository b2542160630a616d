import { type IdentityProviderId } from '@cambio/contracts'
import { IDS, testKey } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { changeCredential, createCredential, type CredentialSettings, patchedSettings, settingsOf } from './credential.js'
import { keysDraftSchema } from './credential.schema.js'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const now = new Date('2026-11-01T12:00:00.000Z')
const publicJwk = testKey('ES256').publicJwk

const defaults: CredentialSettings = {
  grantTypes: ['client_credentials'],
  accessTokenLifetimeSeconds: 900,
  public: false,
  authMethod: 'client_secret_basic',
  allowedActors: [],
}

describe('new keys', () => {
  it('may use client_credentials alone, for 15 minutes, with a secret, until somebody selects more', () => {
    expect(settingsOf({}, [])).toEqual({ ok: true, value: defaults })
  })

  it('take what is given', () => {
    const actor = { identityProvider: IDS.identityProvider as IdentityProviderId, sub: 'bot' }
    const draft = {
      grantTypes: [exchange],
      accessTokenLifetimeSeconds: 60,
      authMethod: 'client_secret_post' as const,
      allowedScopes: ['read'],
    }
    expect(settingsOf(draft, [actor])).toEqual({ ok: true, value: { ...defaults, ...draft, allowedActors: [actor] } })
  })

  it.each([{ public: true }, { authMethod: 'none' as const }])('are public by either word: %j', (draft) => {
    expect(settingsOf({ ...draft, grantTypes: [exchange] }, [])).toEqual({
      ok: true,
      value: { ...defaults, grantTypes: [exchange], public: true, authMethod: 'none' },
    })
  })

  it.each([
    [{ public: true }, '/grantTypes'],
    [{ public: true, grantTypes: [exchange, 'client_credentials'] }, '/grantTypes'],
    [{ public: true, grantTypes: [exchange], authMethod: 'client_secret_basic' as const }, '/authMethod'],
    [{ public: false, authMethod: 'none' as const }, '/authMethod'],
    [{ authMethod: 'private_key_jwt' as const }, '/jwks'],
    [{ jwks: { keys: [publicJwk] } }, '/jwks'],
  ])('refuse what contradicts itself: %j', (draft, pointer) => {
    expect(settingsOf(draft, [])).toMatchObject({ ok: false, error: { code: 'invalid_content', errors: [{ pointer }] } })
  })

  it('keep public keys for private_key_jwt', () => {
    const settings = settingsOf({ authMethod: 'private_key_jwt', jwks: { keys: [publicJwk] } }, [])
    expect(settings).toMatchObject({ ok: true, value: { jwks: { keys: [{ kty: 'EC', x: publicJwk['x'], y: publicJwk['y'] }] } } })
  })

  it.each([
    ['a private key', { ...testKey('ES256').privateJwk }],
    ['a symmetric key', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ])('never keep %s', (_what, jwk) => {
    const draft = { authMethod: 'private_key_jwt' as const, jwks: { keys: [publicJwk, jwk as Record<string, unknown>] } }
    expect(settingsOf(draft, [])).toMatchObject({ ok: false, error: { code: 'invalid_content', errors: [{ pointer: '/jwks/keys/1' }] } })
  })

  it.each([
    [{ grantTypes: [] }, 'grantTypes'],
    [{ grantTypes: ['password'] }, 'grantTypes/0'],
    [{ grantTypes: [exchange, exchange] }, 'grantTypes'],
    [{ accessTokenLifetimeSeconds: 59 }, 'accessTokenLifetimeSeconds'],
    [{ accessTokenLifetimeSeconds: 86_401 }, 'accessTokenLifetimeSeconds'],
    [{ accessTokenLifetimeSeconds: 90.5 }, 'accessTokenLifetimeSeconds'],
    [{ allowedScopes: ['urn:t1'] }, 'allowedScopes/0'],
    [{ clientId: 'mine' }, ''],
  ])('refuse a body that does not fit: %j', (body, pointer) => {
    expect(keysDraftSchema.safeParse(body).error?.issues.map(({ path }) => path.join('/'))).toEqual([pointer])
  })
})

describe('a patch of keys', () => {
  const patched = (patch: Parameters<typeof patchedSettings>[1], present = defaults): unknown => {
    const settings = patchedSettings(present, patch, undefined)
    return settings.ok ? settings.value : settings.error
  }

  it('changes what it names', () => {
    expect(patched({ grantTypes: [exchange] })).toEqual({ ...defaults, grantTypes: [exchange] })
  })

  it('takes the method with `public`, and `public` with the method', () => {
    const open = { ...defaults, grantTypes: [exchange], public: true, authMethod: 'none' }
    expect(patched({ grantTypes: [exchange], public: true })).toEqual(open)
    expect(patched({ grantTypes: [exchange], authMethod: 'none' })).toEqual(open)
    expect(patched({ public: false }, { ...open, authMethod: 'none' })).toEqual({ ...defaults, grantTypes: [exchange] })
  })

  it('takes a limit away with null', () => {
    expect(patched({ allowedScopes: null }, { ...defaults, allowedScopes: ['read'] })).toEqual(defaults)
  })

  it('refuses what would contradict itself', () => {
    expect(patched({ public: true })).toMatchObject({ code: 'invalid_content', errors: [{ pointer: '/grantTypes' }] })
    expect(patched({ authMethod: 'private_key_jwt' })).toMatchObject({ code: 'invalid_content', errors: [{ pointer: '/jwks' }] })
  })

  it('ends the secrets of a client that no longer has one', () => {
    const secrets = [{ id: 'sec_1', digest: 'x', createdAt: now.toISOString() }]
    const present = { ...createCredential('production', defaults, now), secrets }
    expect(changeCredential(present, { ...defaults, grantTypes: [exchange] }, now).secrets).toEqual(secrets)
    expect(changeCredential(present, { ...defaults, public: true, authMethod: 'none' }, now).secrets).toEqual([])
  })
})
