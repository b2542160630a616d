import { describe, expect, it } from 'vitest'

import { isSameIssuer, type IssuerClaim, judgeDiscoveredIssuer, judgeIssuerOwner } from './judge-issuer.js'

const wellKnownUrl = 'https://idp.example/.well-known/openid-configuration'
const claim = (more: Partial<IssuerClaim>): IssuerClaim => ({
  type: 'generic',
  wellKnownUrl,
  documentIssuer: 'https://idp.example',
  ...more,
})
const tenant = '11111111-2222-3333-4444-555555555555'
const otherTenant = '99999999-2222-3333-4444-555555555555'
const microsoft = (named: string, version: '' | 'v2.0/', documentIssuer: string, givenIssuer?: string): IssuerClaim => ({
  type: 'microsoft',
  wellKnownUrl: `https://login.microsoftonline.com/${named}/${version}.well-known/openid-configuration`,
  documentIssuer,
  givenIssuer,
})

describe('the issuer of a discovery document', () => {
  it('is taken when the document lies under its own issuer', () => {
    expect(judgeDiscoveredIssuer(claim({}))).toBeUndefined()
    expect(judgeDiscoveredIssuer(claim({ givenIssuer: 'https://idp.example' }))).toBeUndefined()
  })

  it('is a mismatch when the document speaks for somebody else, however it is registered (DR-23)', () => {
    const documentIssuer = 'https://victim.example'
    const finding = {
      severity: 'error',
      code: 'issuer_mismatch',
      message: 'The discovery document says https://victim.example, and its address belongs to https://idp.example.',
      fix: 'Use the discovery address of https://victim.example.',
      field: 'issuer',
    }
    expect(judgeDiscoveredIssuer(claim({ documentIssuer }))).toEqual(finding)
    expect(judgeDiscoveredIssuer(claim({ documentIssuer, givenIssuer: documentIssuer }))).toEqual(finding)
    expect(judgeDiscoveredIssuer(claim({ documentIssuer, type: 'microsoft' }))).toEqual(finding)
  })

  it('is a mismatch by a trailing slash, unless somebody says that it is meant (DR-23)', () => {
    const documentIssuer = 'https://idp.example/'
    expect(judgeDiscoveredIssuer(claim({ documentIssuer }))).toMatchObject({
      code: 'issuer_mismatch',
      fix: 'Give issuer as https://idp.example/ if the tokens of this provider spell it so.',
    })
    expect(judgeDiscoveredIssuer(claim({ documentIssuer, givenIssuer: documentIssuer }))).toBeUndefined()
    expect(judgeDiscoveredIssuer(claim({ documentIssuer, type: 'auth0' }))).toBeUndefined()
    expect(judgeDiscoveredIssuer(claim({ documentIssuer, type: 'auth0', givenIssuer: 'https://idp.example' }))).toMatchObject({
      code: 'issuer_mismatch',
    })
  })

  it('is a mismatch with another given issuer, byte for byte (DR-23)', () => {
    for (const givenIssuer of ['https://idp.example/', 'https://IDP.example', 'https://idp.example:443', 'https://other.example']) {
      expect(judgeDiscoveredIssuer(claim({ givenIssuer }))).toMatchObject({ severity: 'error', code: 'issuer_mismatch' })
    }
  })

  it('cannot be missing', () => {
    expect(judgeDiscoveredIssuer(claim({ documentIssuer: undefined, givenIssuer: 'https://idp.example' }))).toMatchObject({
      severity: 'error',
      code: 'issuer_mismatch',
    })
  })

  it.each([
    ['version 2', microsoft(tenant, 'v2.0/', `https://login.microsoftonline.com/${tenant}/v2.0`)],
    ['version 1', microsoft(tenant, '', `https://sts.windows.net/${tenant}/`)],
    ['a tenant by its domain', microsoft('contoso.onmicrosoft.com', 'v2.0/', `https://login.microsoftonline.com/${tenant}/v2.0`)],
    ['many tenants', microsoft('organizations', 'v2.0/', 'https://login.microsoftonline.com/{tenantid}/v2.0')],
    [
      'one tenant of the template',
      microsoft('common', 'v2.0/', 'https://login.microsoftonline.com/{tenantid}/v2.0', `https://login.microsoftonline.com/${tenant}/v2.0`),
    ],
    [
      'version 1 tokens of a version 2 address',
      microsoft(tenant, 'v2.0/', `https://login.microsoftonline.com/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`),
    ],
  ])('of Microsoft may differ as declared: %s', (_, pair) => {
    expect(judgeDiscoveredIssuer(pair)).toBeUndefined()
  })

  it('of other types may not, not even where Microsoft’s may', () => {
    const pair = microsoft(tenant, '', `https://sts.windows.net/${tenant}/`)
    expect(judgeDiscoveredIssuer({ ...pair, type: 'generic' })).toMatchObject({ code: 'issuer_mismatch' })
  })

  it.each([
    ['another tenant', microsoft(tenant, 'v2.0/', `https://login.microsoftonline.com/${otherTenant}/v2.0`)],
    ['another tenant in version 1', microsoft(tenant, '', `https://sts.windows.net/${otherTenant}/`)],
    ['a given other tenant', microsoft(tenant, '', `https://sts.windows.net/${tenant}/`, `https://sts.windows.net/${otherTenant}/`)],
    ['a host that only looks alike', { ...microsoft(tenant, '', `https://sts.windows.net/${tenant}/`), wellKnownUrl }],
    ['the template of version 1', microsoft('common', '', 'https://sts.windows.net/{tenantid}/')],
  ])('of Microsoft may not be %s', (_, pair) => {
    expect(judgeDiscoveredIssuer(pair)).toMatchObject({ severity: 'error', code: 'issuer_mismatch' })
  })
})

describe('an issuer', () => {
  const owned = { tenants: [], requiredClaims: {} }

  it('that many customers share needs a claim that names the owner (DR-34)', () => {
    const issuer = 'https://token.actions.githubusercontent.com'
    expect(judgeIssuerOwner({ ...owned, issuer })).toMatchObject([
      { severity: 'error', code: 'condition_required', field: 'requiredClaims' },
    ])
    expect(judgeIssuerOwner({ ...owned, issuer, requiredClaims: { actor: 'x' } })).toHaveLength(1)
    expect(judgeIssuerOwner({ ...owned, issuer, requiredClaims: { repository_owner: 'acme' } })).toEqual([])
    expect(judgeIssuerOwner({ ...owned, issuer: `${issuer}/` })).toMatchObject([{ code: 'condition_required' }])
  })

  it('template and the list of tenants need each other', () => {
    const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
    const refused = [{ severity: 'error', code: 'tenants_required' }]
    expect(judgeIssuerOwner({ ...owned, issuer: template })).toMatchObject(refused)
    expect(judgeIssuerOwner({ ...owned, issuer: template, tenants: [tenant] })).toEqual([])
    expect(judgeIssuerOwner({ ...owned, issuer: 'https://idp.example', tenants: [tenant] })).toMatchObject(refused)
    expect(judgeIssuerOwner({ ...owned, issuer: 'https://evil.example/{tenantid}/v2.0', tenants: [tenant] })).toMatchObject(refused)
  })

  it('is ours also in another spelling', () => {
    expect(isSameIssuer('https://tokens.example', 'https://TOKENS.example:443/')).toBe(true)
    expect(isSameIssuer('https://tokens.example', 'https://tokens.example/other')).toBe(false)
  })
})
