import { anIdp, feedEntry, IDS, ISSUER_A } from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../testing/exchange-world.js'
import { IssuersProjection } from './issuers.projection.js'

const T1 = IDS.organization
const T2 = MORE_IDS.organizationT2

describe('identity providers by organization and issuer', () => {
  let issuers: IssuersProjection
  beforeEach(() => {
    issuers = new IssuersProjection()
    issuers.apply(feedEntry('identity-providers', anIdp()))
  })

  it('finds a registration by issuer and by id', () => {
    const found = issuers.byIssuer(T1, ISSUER_A)
    expect(found).toMatchObject({ id: IDS.identityProvider, org: T1, value: anIdp() })
    expect(issuers.byId(T1, IDS.identityProvider)).toBe(found)
  })

  it('shows no registration to another organization (PO-10)', () => {
    expect([issuers.byIssuer(T2, ISSUER_A), issuers.byId(T2, IDS.identityProvider)]).toEqual([undefined, undefined])
  })

  it('keeps the registrations of one issuer in two organizations apart', () => {
    issuers.apply(feedEntry('identity-providers', anIdp({ name: 'of t2' }), { org: T2, id: MORE_IDS.identityProviderB }))
    expect(issuers.byIssuer(T1, ISSUER_A)?.id).toBe(IDS.identityProvider)
    expect(issuers.byIssuer(T2, ISSUER_A)?.id).toBe(MORE_IDS.identityProviderB)
    issuers.apply(feedEntry('identity-providers', null, { org: T2, id: MORE_IDS.identityProviderB, rev: 2 }))
    expect(issuers.byIssuer(T1, ISSUER_A)?.id).toBe(IDS.identityProvider)
  })

  it.each(['https://idp-a.test/', 'https://IDP-A.test', 'HTTPS://idp-a.test', 'https://idp-a.test:443', 'https://idp-a.test ', ''])(
    'does not take %j for the issuer (ST-28)',
    (other) => {
      expect(issuers.byIssuer(T1, other)).toBeUndefined()
    },
  )

  it('finds a registration by its issuer of the next revision only', () => {
    issuers.apply(feedEntry('identity-providers', anIdp({ issuer: 'https://moved.test' }), { rev: 2 }))
    expect(issuers.byIssuer(T1, ISSUER_A)).toBeUndefined()
    expect(issuers.byIssuer(T1, 'https://moved.test')?.id).toBe(IDS.identityProvider)
  })

  it('keeps a new registration of the issuer when the old one’s deletion comes late (PO-05)', () => {
    issuers.apply(feedEntry('identity-providers', anIdp({ name: 'again' }), { id: MORE_IDS.identityProviderB }))
    issuers.apply(feedEntry('identity-providers', null, { rev: 2 }))
    expect(issuers.byIssuer(T1, ISSUER_A)?.id).toBe(MORE_IDS.identityProviderB)
    expect(issuers.byId(T1, IDS.identityProvider)).toBeUndefined()
  })

  it('finds a Microsoft registration by the issuer of each listed tenant and of no other (ST-29, ST-31)', () => {
    const tenants = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222']
    const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0'
    issuers.apply(feedEntry('identity-providers', anIdp({ type: 'microsoft', issuer, tenants }), { rev: 2 }))
    const of = (tenant: string): string => issuer.replace('{tenantid}', tenant)
    expect(tenants.map((tenant) => issuers.byIssuer(T1, of(tenant))?.id)).toEqual([IDS.identityProvider, IDS.identityProvider])
    expect(issuers.byIssuer(T1, of('33333333-3333-3333-3333-333333333333'))).toBeUndefined()
    expect(issuers.byIssuer(T1, issuer)).toBeUndefined()
    issuers.apply(feedEntry('identity-providers', null, { rev: 3 }))
    expect(issuers.byIssuer(T1, of(tenants[0]!))).toBeUndefined()
  })

  it('denies everyone where there is a condition that this version cannot evaluate', () => {
    issuers.apply(feedEntry('identity-providers', anIdp({ condition: 'true' }), { rev: 2 }))
    expect(issuers.byIssuer(T1, ISSUER_A)?.trust.condition?.({})).toBe(false)
  })
})
