import { anOrganization, feedEntry, IDS } from '@cambio/testing'
import { describe, expect, it } from 'vitest'

import { OrganizationsProjection } from './organizations.projection.js'

describe('organizations by id', () => {
  it('names an organization by id and handle until it is deleted', () => {
    const organizations = new OrganizationsProjection()
    expect(organizations.byId(IDS.organization)).toBeUndefined()
    organizations.apply(feedEntry('organizations', anOrganization()))
    expect(organizations.byId(IDS.organization)).toEqual({ id: IDS.organization, handle: 't1' })
    organizations.apply(feedEntry('organizations', null, { rev: 2 }))
    expect(organizations.byId(IDS.organization)).toBeUndefined()
  })
})
