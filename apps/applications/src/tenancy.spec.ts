import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications, type TestCaller } from './testing/running-applications.js'

/** Everything that organization T2 has, by the end of its address. */
interface Possessions {
  readonly app: string
  readonly api: string
  readonly binding: string
  readonly subscription: string
  readonly secret: string
}

/** One verb on one address; `rest` is what follows the organization's. */
interface Attempt {
  readonly method: string
  readonly rest: (own: Possessions) => string
  readonly json?: unknown
}

const attempts: readonly Attempt[] = [
  { method: 'GET', rest: ({ app }) => `/applications/${app}` },
  { method: 'PATCH', rest: ({ app }) => `/applications/${app}`, json: { name: 'taken over' } },
  { method: 'DELETE', rest: ({ app }) => `/applications/${app}` },
  { method: 'POST', rest: ({ app }) => `/applications/${app}/keys/sandbox`, json: {} },
  { method: 'GET', rest: ({ app }) => `/applications/${app}/keys/production` },
  { method: 'PATCH', rest: ({ app }) => `/applications/${app}/keys/production`, json: { accessTokenLifetimeSeconds: 60 } },
  { method: 'DELETE', rest: ({ app }) => `/applications/${app}/keys/production` },
  { method: 'POST', rest: ({ app }) => `/applications/${app}/keys/production/secrets`, json: {} },
  { method: 'DELETE', rest: ({ app, secret }) => `/applications/${app}/keys/production/secrets/${secret}` },
  { method: 'GET', rest: ({ app }) => `/applications/${app}/bindings` },
  {
    method: 'POST',
    rest: ({ app }) => `/applications/${app}/bindings`,
    json: { identityProvider: 'okta', environment: 'production', clientId: 'x' },
  },
  { method: 'GET', rest: ({ app, binding }) => `/applications/${app}/bindings/${binding}` },
  { method: 'DELETE', rest: ({ app, binding }) => `/applications/${app}/bindings/${binding}` },
  { method: 'GET', rest: ({ app }) => `/applications/${app}/subscriptions` },
  { method: 'POST', rest: ({ app }) => `/applications/${app}/subscriptions`, json: { api: 'orders' } },
  { method: 'GET', rest: ({ app, subscription }) => `/applications/${app}/subscriptions/${subscription}` },
  { method: 'PATCH', rest: ({ app, subscription }) => `/applications/${app}/subscriptions/${subscription}`, json: { status: 'BLOCKED' } },
  { method: 'DELETE', rest: ({ app, subscription }) => `/applications/${app}/subscriptions/${subscription}` },
  { method: 'GET', rest: ({ app }) => `/applications/${app}/connection-info/production` },
  { method: 'GET', rest: ({ api }) => `/apis/${api}` },
  { method: 'PATCH', rest: ({ api }) => `/apis/${api}`, json: { name: 'taken over' } },
  { method: 'DELETE', rest: ({ api }) => `/apis/${api}` },
  { method: 'POST', rest: ({ api }) => `/apis/${api}/publish` },
  { method: 'POST', rest: ({ api }) => `/apis/${api}/deprecate` },
  { method: 'POST', rest: ({ api }) => `/apis/${api}/retire` },
]

describe('another organization’s ids (AD-04)', () => {
  let running: RunningApplications
  let stranger: TestCaller
  let victim: TestCaller
  let own: Possessions

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: stranger } = await running.organization('t1'))
    const { id: org, owner: as, path } = await running.organization('t2')
    victim = as
    running.neighbours.providers.add(org)
    const made = async (rest: string, json: unknown): Promise<{ id: string; secrets?: { id: string }[] }> =>
      running.expecting(201, 'POST', path + rest, { as, json })
    const app = (await made('/applications', { name: 'shop' })).id
    const api = (await made('/apis', { name: 'Orders', handle: 'orders', context: 'orders', version: 'v1' })).id
    await running.expecting(200, 'POST', `${path}/apis/${api}/publish`, { as })
    const { secrets } = await made(`/applications/${app}/keys/production`, {})
    own = {
      app,
      api,
      binding: (await made(`/applications/${app}/bindings`, { identityProvider: 'okta', environment: 'production', clientId: 'a' })).id,
      subscription: (await made(`/applications/${app}/subscriptions`, { api })).id,
      secret: secrets?.[0]?.id ?? '',
    }
  })

  afterAll(async () => {
    await running.stop()
  })

  /** Everything of T2 that can be read. */
  const everything = async (): Promise<unknown> =>
    Promise.all(
      [
        `/applications/${own.app}`,
        `/applications/${own.app}/keys/production`,
        `/applications/${own.app}/bindings`,
        `/applications/${own.app}/subscriptions`,
        `/apis/${own.api}`,
      ].map(async (rest) => running.expecting(200, 'GET', `/v1/orgs/t2${rest}`, { as: victim })),
    )

  it.each(attempts)('$method below another organization is 404 and changes nothing: %#', async ({ method, rest, json }) => {
    const before = await everything()
    const answer = await running.call(method, `/v1/orgs/t2${rest(own)}`, { as: stranger, ...(json === undefined ? {} : { json }) })
    expect(refusalOf(answer)).toEqual(aRefusal('not_found'))
    expect(await everything()).toEqual(before)
  })

  it.each(attempts)('$method with its ids below one’s own organization is 404 and changes nothing: %#', async ({ method, rest, json }) => {
    const before = await everything()
    const answer = await running.call(method, `/v1/orgs/t1${rest(own)}`, { as: stranger, ...(json === undefined ? {} : { json }) })
    expect(refusalOf(answer)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await everything()).toEqual(before)
  })
})
