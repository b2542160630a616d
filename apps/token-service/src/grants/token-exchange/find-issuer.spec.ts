import { type CredentialValue, type IdentityProviderValue } from '@cambio/contracts'
import { aCredential, aKeySet, anApplication, anIdp, aSubjectToken, IDS, ISSUER_B, keyB, testKey } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { attempt } from '../../testing/exchange-attempt.js'
import { ExchangeWorld, MORE_IDS, OWN_ISSUER } from '../../testing/exchange-world.js'

let world: ExchangeWorld
beforeEach(async () => {
  world = await ExchangeWorld.make()
})
afterEach(async () => world.end())

const refused = async (token = aSubjectToken(), clientId = 'app1'): Promise<unknown> => (await attempt(world, { token, clientId })).refusal
const register = (overrides: Partial<IdentityProviderValue>): void => {
  world.feed('identity-providers', anIdp(overrides))
}

describe('the issuer of a subject token', () => {
  it('is never ourselves, not even when somebody registered our issuer (ST-35)', async () => {
    const own = aSubjectToken({ issuer: OWN_ISSUER, header: { typ: 'at+jwt' } })
    expect(await refused(own)).toEqual(['invalid_request', 'idp.own_issuer'])
    register({ issuer: OWN_ISSUER })
    expect(await refused(own)).toEqual(['invalid_request', 'idp.own_issuer'])
  })

  it('must be registered in the organization of the client (PO-10)', async () => {
    world.feed('identity-providers', null, { rev: 2 })
    world.feed('identity-providers', anIdp(), { org: MORE_IDS.organizationT2, id: MORE_IDS.identityProviderB })
    world.feed('key-sets', aKeySet(), { org: MORE_IDS.organizationT2, id: MORE_IDS.identityProviderB })
    expect(await refused()).toEqual(['invalid_request', 'idp.unknown_issuer'])
  })

  it('must be enabled (PO-04)', async () => {
    register({ enabled: false })
    expect(await refused()).toEqual(['invalid_request', 'idp.disabled'])
    register({ enabled: true })
    expect(await refused()).toBe('passed')
  })

  it('must be known still: a deleted registration is none', async () => {
    world.feed('identity-providers', null, { rev: 2 })
    expect(await refused()).toEqual(['invalid_request', 'idp.unknown_issuer'])
  })

  it('registered anew with other keys does not vouch for tokens of the old ones (PO-05)', async () => {
    const again = { id: 'idp_0000000000000000000000000000000f' }
    const newKey = testKey('RS256', { name: 'new', kid: 'a1' })
    world.feed('identity-providers', anIdp({ name: 'again' }), again).feed('key-sets', aKeySet({}, [newKey]), again)
    world.feed('identity-providers', null, { rev: 2 }).feed('key-sets', null, { rev: 2 })
    expect(await refused()).toEqual(['invalid_request', 'subject_token.signature_invalid'])
    expect(await refused(aSubjectToken({ key: newKey }))).toBe('passed')
  })

  it.each([
    ['EXCHANGED', 'passed'],
    ['BOTH', 'passed'],
    ['DIRECT', ['invalid_request', 'idp.exchange_not_allowed']],
  ] as const)('with token mode %s', async (tokenMode, expected) => {
    register({ tokenMode })
    expect(await refused()).toEqual(expected)
  })

  it('must be for the environment of the credential', async () => {
    const sandbox: Partial<CredentialValue> = { environment: 'sandbox', clientId: 'app1-sandbox' }
    world.feed('applications', anApplication({ credentials: [aCredential(), aCredential(sandbox)] }))
    register({ environments: ['production'] })
    expect(await refused()).toBe('passed')
    expect(await refused(aSubjectToken(), 'app1-sandbox')).toEqual(['invalid_request', 'idp.wrong_environment'])
    register({ environments: [] })
    expect(await refused()).toEqual(['invalid_request', 'idp.wrong_environment'])
  })

  it('must be one that the application may use (PO-02)', async () => {
    const ofB = aSubjectToken({ issuer: ISSUER_B, key: keyB() })
    world.feed('applications', anApplication({ identityProviders: [IDS.identityProvider] }))
    expect(await refused()).toBe('passed')
    expect(await refused(ofB)).toEqual(['invalid_request', 'idp.not_allowed_for_application'])
  })

  it('may be any where the application lists none, and none where it lists nothing', async () => {
    world.feed('applications', anApplication({ identityProviders: [] }))
    expect(await refused()).toEqual(['invalid_request', 'idp.not_allowed_for_application'])
    world.feed('applications', anApplication())
    expect(await refused()).toBe('passed')
  })

  it('shared by strangers is refused without a claim that names the owner (PO-17)', async () => {
    const github = 'https://token.actions.githubusercontent.com'
    const token = aSubjectToken({ issuer: github, claims: { repository_owner: 'acme' } })
    register({ issuer: github })
    expect(await refused(token)).toEqual(['invalid_request', 'subject_token.condition_required'])
    register({ issuer: github, requiredClaims: { ref: 'refs/heads/main' }, condition: 'true' })
    expect(await refused(token)).toEqual(['invalid_request', 'subject_token.condition_required'])
    register({ issuer: github, requiredClaims: { repository_owner: 'acme' } })
    expect(await refused(token)).toBe('passed')
  })

  it('of a Microsoft registration is found by a listed tenant (ST-29)', async () => {
    const tenant = '11111111-1111-1111-1111-111111111111'
    register({ type: 'microsoft', issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', tenants: [tenant] })
    const token = aSubjectToken({
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      claims: { tid: tenant, ver: '2.0', scp: 'x' },
    })
    expect(await refused(token)).toBe('passed')
  })
})

describe('a public client', () => {
  const publicCredential = (overrides: Partial<CredentialValue> = {}): CredentialValue =>
    aCredential({ public: true, authMethod: 'none', secrets: [], ...overrides })
  const bound = aSubjectToken({ claims: { azp: 'client-at-a' } })

  it('exchanges a token whose client id is bound to its application', async () => {
    world.feed('applications', anApplication({ credentials: [publicCredential()] }))
    expect(await refused(bound)).toBe('passed')
  })

  it('exchanges no other: another client id, none, or one that is no text', async () => {
    world.feed('applications', anApplication({ credentials: [publicCredential()] }))
    for (const azp of ['another', undefined, ['client-at-a'], 'CLIENT-AT-A']) {
      expect(await refused(aSubjectToken({ claims: { azp } }))).toEqual(['invalid_request', 'binding.required'])
    }
  })

  it('exchanges none by a binding of another identity provider or environment', async () => {
    world.feed('applications', anApplication({ credentials: [publicCredential({ environment: 'sandbox' })] }))
    expect(await refused(bound)).toEqual(['invalid_request', 'binding.required'])
    world.feed('applications', anApplication({ credentials: [publicCredential()] }))
    expect(await refused(aSubjectToken({ issuer: ISSUER_B, key: keyB(), claims: { azp: 'client-at-a' } }))).toEqual([
      'invalid_request',
      'binding.required',
    ])
  })

  it('gets to know nothing of a binding by a token that does not verify', async () => {
    world.feed('applications', anApplication({ credentials: [publicCredential()] }))
    expect(await refused(aSubjectToken({ key: testKey('RS256', { name: 'stranger', kid: 'a1' }) }))).toEqual([
      'invalid_request',
      'subject_token.signature_invalid',
    ])
  })

  it('is told apart from a confidential one, which needs no binding', async () => {
    world.feed('applications', anApplication({ bindings: [] }))
    expect(await refused(bound)).toBe('passed')
  })
})
