import { describe, expect, it } from 'vitest'

import { concreteIssuers } from './microsoft-tenants.js'
import { accepted, aToken, keyA, keysOf, rejectionOf } from './testing/gate.js'
import { type IssuerPolicy } from './trusted-issuer.js'

const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
const contoso = '11111111-2222-3333-4444-555555555555'
const fabrikam = '66666666-7777-8888-9999-aaaaaaaaaaaa'
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
const issuerOf = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`

const entra: Partial<IssuerPolicy> = {
  type: 'microsoft',
  issuer: template,
  tenants: [contoso],
  acceptedTokenTypes: ['jwt', 'access_token'],
}
const tokenOf = (tenant: string, claims: Record<string, unknown> = {}) =>
  aToken({ claims: { iss: issuerOf(tenant), tid: tenant, ver: '2.0', scp: 'read', azp: 'app', ...claims } })

describe('Microsoft multi-tenant registration', () => {
  it('accepts tokens of the listed tenants (ST-29)', async () => {
    expect(await accepted(tokenOf(contoso), { policy: entra })).toMatchObject({ issuer: issuerOf(contoso), kind: 'access_token' })
    const both = { ...entra, tenants: [contoso, fabrikam.toUpperCase()] }
    expect((await accepted(tokenOf(fabrikam), { policy: both })).issuer).toBe(issuerOf(fabrikam))
  })

  it('rejects tenants that are not listed, that of personal accounts among them (ST-31)', async () => {
    for (const tenant of [fabrikam, personal]) expect(await rejectionOf(tokenOf(tenant), { policy: entra })).toBe('tenant_not_allowed')
  })

  it('takes personal accounts, which anybody can open, only with a claim on the owner (ST-31, PO-17)', async () => {
    const listed = { ...entra, tenants: [personal] }
    expect(await rejectionOf(tokenOf(personal), { policy: listed })).toBe('condition_required')
    expect((await accepted(tokenOf(personal, { oid: 'o1' }), { policy: { ...listed, requiredClaims: { oid: 'o1' } } })).subject).toBe(
      'user-1',
    )
  })

  it('rejects a tenant that differs between tid and iss', async () => {
    const both = { ...entra, tenants: [contoso, fabrikam] }
    expect(await rejectionOf(tokenOf(contoso, { tid: fabrikam }), { policy: both })).toBe('issuer_mismatch')
    expect(await rejectionOf(tokenOf(contoso, { iss: issuerOf(fabrikam) }), { policy: both })).toBe('issuer_mismatch')
  })

  it.each([undefined, null, 1, [contoso], contoso.replaceAll('1', '*'), '{tenantid}', contoso.replace('-', '/'), '$&', ''])(
    'rejects tid %j',
    async (tid) => {
      expect(await rejectionOf(tokenOf(contoso, { tid }), { policy: entra })).toBe('tenant_not_allowed')
    },
  )

  it('rejects v1 issuers, the template itself and other spellings (ST-31)', async () => {
    for (const iss of [
      `https://sts.windows.net/${contoso}/`,
      template,
      `${issuerOf(contoso)}/`,
      issuerOf(contoso).replace('v2.0', 'V2.0'),
    ]) {
      expect(await rejectionOf(tokenOf(contoso, { iss }), { policy: entra })).toBe('issuer_mismatch')
    }
  })

  it('rejects everything if it lists no tenant, or none by its id', async () => {
    for (const tenants of [undefined, [], ['common'], ['contoso.com'], ['{tenantid}'], ['']]) {
      expect(await rejectionOf(tokenOf(contoso), { policy: { ...entra, tenants } })).toBe('issuer_misconfigured')
    }
  })

  it('rejects a template on any other host, and a token that spells it out', async () => {
    for (const issuer of [
      'https://evil.test/{tenantid}/v2.0',
      'https://login.microsoftonline.com/{tenantid}/v1.0',
      'https://evil.test/{x}',
    ]) {
      const claims = { iss: issuer.replace('{tenantid}', contoso) }
      expect(await rejectionOf(tokenOf(contoso, claims), { policy: { ...entra, issuer } })).toBe('issuer_misconfigured')
      expect(await rejectionOf(tokenOf('{tenantid}', { iss: issuer }), { policy: { ...entra, issuer } })).toBe('issuer_misconfigured')
    }
  })
})

describe('the issuer that a key of Microsoft names', () => {
  const keyFor = (issuer: unknown) => keysOf([{ ...keyA.jwk, issuer }])

  it('must be that of the token, after substitution', async () => {
    expect((await accepted(tokenOf(contoso), { policy: entra, keys: keyFor(template) })).subject).toBe('user-1')
    expect((await accepted(tokenOf(contoso), { policy: entra, keys: keyFor(issuerOf(contoso)) })).subject).toBe('user-1')
    expect(await rejectionOf(tokenOf(contoso), { policy: entra, keys: keyFor(issuerOf(personal)) })).toBe('key.issuer_mismatch')
  })

  it('is compared for a registration of one tenant, too', async () => {
    const single = { ...entra, issuer: issuerOf(contoso), tenants: undefined }
    expect((await accepted(tokenOf(contoso), { policy: single, keys: keyFor(template) })).subject).toBe('user-1')
    expect(await rejectionOf(tokenOf(contoso), { policy: single, keys: keyFor(issuerOf(personal)) })).toBe('key.issuer_mismatch')
    expect(await rejectionOf(tokenOf(contoso, { tid: undefined }), { policy: single, keys: keyFor(template) })).toBe('key.issuer_mismatch')
  })

  it('means nothing at other providers', async () => {
    expect((await accepted(aToken(), { keys: keyFor('https://elsewhere.test') })).subject).toBe('user-1')
  })
})

describe('issuers by which a registration is found', () => {
  it('are itself, or one for each listed tenant', () => {
    expect(concreteIssuers('https://idp-a.test')).toEqual(['https://idp-a.test'])
    expect(concreteIssuers(template, [contoso, fabrikam, contoso.toUpperCase(), 'common'])).toEqual([issuerOf(contoso), issuerOf(fabrikam)])
    expect(concreteIssuers('https://evil.test/{tenantid}', [contoso])).toEqual([])
  })
})
