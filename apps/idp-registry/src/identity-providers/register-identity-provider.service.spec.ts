import { hostileIdp, type HostileIdp, TEST_AUDIENCE } from '@cambio/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { aProblem, RunningRegistry } from '../testing/running-registry.js'

let registry: RunningRegistry
let idp: HostileIdp

beforeAll(async () => {
  registry = await RunningRegistry.start()
})
afterAll(() => registry.stop())
beforeEach(async () => {
  idp = await hostileIdp()
})
afterEach(() => idp.stop())

describe('POST /v1/orgs/{org}/identity-providers', () => {
  it('fills in what the well-known URL says (DR-01)', async () => {
    const answer = await registry.post(registry.path(), { name: 'okta', wellKnownUrl: idp.wellKnownUrl, allowedAudiences: [TEST_AUDIENCE] })
    expect(answer.json()).toEqual({
      id: expect.stringMatching(/^idp_[0-9a-f]{32}$/) as string,
    })
    expect(answer.status).toBe(201)
    expect(aProblem(1, 'x')).toBeDefined()
  })
})
