import { secretScan } from '@cambio/testing'
import { type AuditEntry, openSqliteStore } from '@cambio/store'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { RunningApplications, type TestCaller } from '../testing/running-applications.js'

describe('the audit log (AD-19)', () => {
  let running: RunningApplications
  let owner: TestCaller
  let org: string

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner, id: org } = await running.organization('t1'))
  })

  afterAll(async () => {
    await running.stop()
  })

  /** The newest record of an organization, read as another process would. */
  const newest = async (partition: string): Promise<AuditEntry> => {
    const store = await openSqliteStore({ file: join(running.dataDirectory, 'applications.db') })
    try {
      const page = await store.audit().page(partition, { limit: 1 })
      const [entry] = page.ok ? page.value.items : []
      if (entry === undefined) throw new Error('there is no record')
      return entry
    } finally {
      await store.close()
    }
  }

  it('has a change with who made it, on what, and its outcome, under the request’s id', async () => {
    const answer = await running.call('POST', '/v1/orgs/t1/applications', { as: owner, json: { name: 'shop' } })
    expect(await newest(org)).toEqual({
      id: expect.any(String) as string,
      at: expect.any(Date) as Date,
      writer: expect.any(String) as string,
      seq: expect.any(Number) as number,
      org,
      requestId: answer.headers['x-request-id'],
      clientId: owner.clientId,
      action: 'application.create',
      outcome: 'done',
      detail: { status: 201, target: { org: 't1' }, id: (answer.json() as { id: string }).id, rev: 1 },
    })
  })

  it('never has a secret', async () => {
    const { clientSecret } = await running.expecting<{ clientSecret: string }>(201, 'POST', '/v1/orgs/t1/applications/shop/keys/sandbox', {
      as: owner,
    })
    const record = await newest(org)
    expect(record).toMatchObject({ action: 'credential.create', detail: { target: { application: 'shop', environment: 'sandbox' } } })
    expect(secretScan(JSON.stringify(record), [clientSecret])).toEqual([])
  })

  it('has what the guard refused: a role that may not here, a stranger with its own organization, nobody not at all', async () => {
    const viewer = await running.adminClient('/v1/orgs/t1', 'viewer')
    await running.call('DELETE', '/v1/orgs/t1/applications/shop', { as: viewer })
    const refusal = await newest(org)
    expect(refusal).toMatchObject({
      clientId: viewer.clientId,
      action: 'application.delete',
      outcome: 'insufficient_scope',
      detail: { status: 403, target: { org: 't1', application: 'shop' } },
    })
    const { owner: stranger, id: other } = await running.organization('t2')
    await running.call('DELETE', '/v1/orgs/t1/applications/shop', { as: stranger })
    expect(await newest(other)).toMatchObject({
      clientId: stranger.clientId,
      action: 'application.delete',
      outcome: 'not_found',
      detail: { target: { org: 't1', application: 'shop' } },
    })
    await running.call('DELETE', '/v1/orgs/t1/applications/shop', { as: 'nobody' })
    expect(await newest(org)).toEqual(refusal)
  })

  it('has what a schema refused, and what belongs to no organization, under the platform', async () => {
    await running.call('POST', '/v1/orgs', { json: {} })
    expect(await newest('platform')).toMatchObject({ clientId: 'cambio-admin', action: 'organization.create', outcome: 'invalid_content' })
  })
})
