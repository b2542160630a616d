import { afterAll, beforeAll, expect } from 'vitest'

import { contentOf, type PopulatedOrganization } from './populated-organization.js'

/** For a group of tests in which everything is refused: sees that the organization is the same after them as before. */
export function changesNothing(organization: () => PopulatedOrganization): void {
  let before: unknown
  beforeAll(async () => {
    before = await contentOf(organization())
  })
  afterAll(async () => {
    expect(await contentOf(organization())).toEqual(before)
  })
}
