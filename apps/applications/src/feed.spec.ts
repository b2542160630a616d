import { confirmFeedEntry, findOrganization } from '@cambio/contracts'
import { eventually, secretScan } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { RunningApplications, type TestCaller } from './testing/running-applications.js'

describe('what other services see', () => {
  let running: RunningApplications
  let as: TestCaller
  let org: string

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner: as, id: org } = await running.organization('t1'))
  })

  afterAll(async () => {
    await running.stop()
  })

  it('is the public state of each aggregate, in the bucket by the time of the answer, without times and secrets', async () => {
    const replica = await running.neighbours.follow('applications')
    await eventually(() => {
      expect(replica.state().ready).toBe(true)
    })
    const { id } = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: 'shop' } })
    const keys = await running.expecting<{ id: string; clientId: string; clientSecret: string; secrets: { id: string }[] }>(
      201,
      'POST',
      `/v1/orgs/t1/applications/${id}/keys/production`,
      { as },
    )
    const entry = await eventually(() => {
      const found = replica.get(org, id)
      expect(found?.rev).toBe(2)
      return found
    })
    expect(entry?.value).toEqual({
      name: 'shop',
      credentials: [
        {
          id: keys.id,
          environment: 'production',
          clientId: keys.clientId,
          grantTypes: ['client_credentials'],
          accessTokenLifetimeSeconds: 900,
          public: false,
          authMethod: 'client_secret_basic',
          allowedActors: [],
          secrets: [{ id: keys.secrets[0]?.id, digest: expect.any(String) as string, createdAt: expect.any(String) as string }],
        },
      ],
      bindings: [],
      subscriptions: [],
    })
    expect(secretScan(JSON.stringify(entry), [keys.clientSecret])).toEqual([])
    await running.expecting(204, 'DELETE', `/v1/orgs/t1/applications/${id}`, { as })
    await eventually(() => {
      expect(replica.get(org, id)).toMatchObject({ deleted: true, value: null, rev: 3 })
    })
  })

  it('is confirmed by its owner to a replica that misses it', async () => {
    const { id } = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/applications', { as, json: { name: 'confirmed' } })
    const confirmed = await running.neighbours.rpc.ask(confirmFeedEntry('applications'), { kind: 'applications', org, id })
    expect(confirmed).toMatchObject({ ok: true, value: { entry: { id, org, rev: 1, value: { name: 'confirmed' } } } })
    const never = await running.neighbours.rpc.ask(confirmFeedEntry('applications'), { kind: 'applications', org, id: 'app_never' })
    expect(never).toEqual({ ok: true, value: { entry: null } })
  })

  it('is an organization by its handle, at once', async () => {
    expect(await running.neighbours.rpc.ask(findOrganization, { handle: 't1' })).toEqual({
      ok: true,
      value: { id: org, handle: 't1', name: 'Organization t1' },
    })
    expect(await running.neighbours.rpc.ask(findOrganization, { handle: 'never-there' })).toEqual({
      ok: false,
      failure: { code: 'not_found' },
    })
  })

  it('does not hold up a write while NATS is away, and comes later (EV-04)', async () => {
    const replica = await running.neighbours.follow('apis')
    await running.nats.kill()
    const json = { name: 'Late', handle: 'late', context: 'late', version: 'v1' }
    const { id } = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/apis', { as, json })
    await running.nats.restart()
    await eventually(
      () => {
        expect(replica.get(org, id)).toMatchObject({ rev: 1, value: { identifier: 'urn:t1:late' } })
      },
      { withinMs: 20_000 },
    )
  }, 30_000)
})
