import { anApi, feedEntry, IDS } from '@cambio/testing'
import { beforeEach, describe, expect, it } from 'vitest'

import { MORE_IDS } from '../testing/exchange-world.js'
import { ApisProjection } from './apis.projection.js'

const ORDERS = 'urn:t1:orders'

describe('APIs by id and by identifier', () => {
  let apis: ApisProjection
  beforeEach(() => {
    apis = new ApisProjection()
    apis.apply(feedEntry('apis', anApi()))
  })

  it('finds an API with its scopes by short and by qualified name', () => {
    const api = apis.byIdentifier(IDS.organization, ORDERS)
    expect(api).toBe(apis.byId(IDS.organization, IDS.api))
    expect(api).toMatchObject({ id: IDS.api, org: IDS.organization, identifier: ORDERS, status: 'PUBLISHED' })
    const read = { name: 'read', fullyQualifiedName: 'urn:t1:orders:read' }
    expect([api?.scopesByShortName.get('read'), api?.scopesByQualifiedName.get('urn:t1:orders:read')]).toEqual([read, read])
  })

  it('shows no API to another organization, by id or by identifier', () => {
    expect(apis.byId(MORE_IDS.organizationT2, IDS.api)).toBeUndefined()
    expect(apis.byIdentifier(MORE_IDS.organizationT2, ORDERS)).toBeUndefined()
  })

  it('compares identifiers byte for byte (PO-16)', () => {
    for (const other of ['urn:t1:Orders', 'URN:t1:orders', 'urn:t1:orders/', 'urn:t1:orders ', 'urn:t1:orders:', '']) {
      expect(apis.byIdentifier(IDS.organization, other)).toBeUndefined()
    }
  })

  it('replaces status and scopes by those of the next revision', () => {
    apis.apply(feedEntry('apis', anApi({ status: 'RETIRED', scopes: [] }), { rev: 2 }))
    expect(apis.byIdentifier(IDS.organization, ORDERS)).toMatchObject({ status: 'RETIRED', scopesByShortName: new Map() })
  })

  it('forgets an API that is deleted', () => {
    apis.apply(feedEntry('apis', null, { rev: 2 }))
    expect([apis.byId(IDS.organization, IDS.api), apis.byIdentifier(IDS.organization, ORDERS)]).toEqual([undefined, undefined])
  })

  it('keeps a new API of the same identifier when the old one’s deletion comes late', () => {
    apis.apply(feedEntry('apis', anApi({ name: 'Orders, again' }), { id: MORE_IDS.billing }))
    apis.apply(feedEntry('apis', null, { rev: 2 }))
    expect(apis.byIdentifier(IDS.organization, ORDERS)?.id).toBe(MORE_IDS.billing)
  })
})
