import { secretScan } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aRefusal, PLATFORM_ADMIN, refusalOf, RunningApplications, type TestCaller } from '../testing/running-applications.js'

interface AdminClient {
  readonly id: string
  readonly rev: number
  readonly clientId: string
  readonly clientSecret: string
  readonly role: TestCaller['role']
  readonly secrets: readonly { readonly id: string; readonly expiresAt?: string }[]
}

const onlyOwner = aRefusal('last_owner', { detail: 'This is the last owner of the organization; make another one first.' })

describe('/v1/orgs/{org}/admin-clients', () => {
  let running: RunningApplications
  let owner: TestCaller
  let path: string
  let organizations = 0

  beforeAll(async () => {
    running = await RunningApplications.start()
    ;({ owner, path } = await running.organization('t1'))
    path = `${path}/admin-clients`
  })

  afterAll(async () => {
    await running.stop()
  })

  /** Clients of an organization of their own. */
  const ownersOf = async (): Promise<{ path: string; ids: string[]; as: TestCaller }> => {
    organizations += 1
    const { path: org, owner: as } = await running.organization(`owned-${organizations}`)
    const { items } = await running.expecting<{ items: AdminClient[] }>(200, 'GET', `${org}/admin-clients`, { as })
    return { path: `${org}/admin-clients`, ids: items.map(({ id }) => id), as }
  }

  const make = async (json: unknown, as: TestCaller = owner): Promise<AdminClient> => running.expecting(201, 'POST', path, { as, json })

  it('makes a client whose secret is shown this once', async () => {
    const answer = await running.call('POST', path, { as: owner, json: { name: 'CI', role: 'editor' } })
    const made = answer.json() as AdminClient
    expect(answer.headers.location).toBe(`${path}/${made.id}`)
    expect(made).toEqual({
      id: expect.stringMatching(/^adm_/) as string,
      rev: 1,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      clientId: expect.stringMatching(/^[0-9A-Za-z]{24}$/) as string,
      clientSecret: expect.stringMatching(/^cmb_/) as string,
      name: 'CI',
      role: 'editor',
      secrets: [{ id: expect.stringMatching(/^sec_/) as string, createdAt: expect.any(String) as string }],
    })
    const read = await running.call('GET', `${path}/${made.id}`, { as: owner })
    const { clientSecret, ...rest } = made
    expect(read.json()).toEqual(rest)
    expect(secretScan(running.logged(), [clientSecret])).toEqual([])
  })

  it('lets owners alone write: not editors, viewers or developers (AD-02)', async () => {
    for (const role of ['editor', 'viewer', 'developer'] as const) {
      const as = await running.adminClient('/v1/orgs/t1', role)
      expect(refusalOf(await running.call('POST', path, { as, json: { name: 'X', role: 'owner' } }))).toEqual(
        aRefusal('insufficient_scope', { detail: 'The scope orgs:write is needed.' }),
      )
    }
  })

  it('gives a developer the applications that are named, which have to exist here', async () => {
    const shop = await running.expecting<{ id: string }>(201, 'POST', '/v1/orgs/t1/applications', { as: owner, json: { name: 'shop' } })
    const developer = await make({ name: 'Dev', role: 'developer', applications: ['shop', shop.id] })
    expect(developer).toMatchObject({ role: 'developer', applications: [shop.id] })
    const unknown = await running.call('POST', path, {
      as: owner,
      json: { name: 'Dev', role: 'developer', applications: ['shop', 'nope'] },
    })
    expect(refusalOf(unknown)).toEqual(
      aRefusal('reference_unknown', { errors: [{ pointer: '/applications/1', detail: 'is no application of this organization' }] }),
    )
    const misplaced = await running.call('POST', path, { as: owner, json: { name: 'Ed', role: 'editor', applications: ['shop'] } })
    expect(refusalOf(misplaced)).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '/applications', detail: 'belongs to the role developer alone' }] }),
    )
    const promoted = await running.expecting(200, 'PATCH', `${path}/${developer.id}`, { as: owner, json: { role: 'viewer' } })
    expect(promoted).not.toHaveProperty('applications')
  })

  it('does not make a platform administrator of an organization’s client (AD-05)', async () => {
    expect((await running.call('POST', path, { as: owner, json: { name: 'X', role: 'platform' } })).status).toBe(422)
    const { id } = await make({ name: 'X', role: 'viewer' })
    expect((await running.call('PATCH', `${path}/${id}`, { as: owner, json: { role: 'platform' } })).status).toBe(422)
    expect(refusalOf(await running.call('PATCH', `${path}/${id}`, { as: owner, json: { org: 't2' } }))).toEqual(
      aRefusal('invalid_content', { errors: [{ pointer: '/org', detail: 'is not known here' }] }),
    )
  })

  it('keeps the last owner: it is neither removed nor given another role (AD-14)', async () => {
    const { path: clients, ids, as } = await ownersOf()
    const [only = ''] = ids
    expect(refusalOf(await running.call('DELETE', `${clients}/${only}`, { as }))).toEqual(onlyOwner)
    expect(refusalOf(await running.call('PATCH', `${clients}/${only}`, { as, json: { role: 'editor' } }))).toEqual(onlyOwner)
    expect(await running.expecting(200, 'GET', `${clients}/${only}`, { as })).toMatchObject({ role: 'owner', rev: 1 })
    await running.expecting(201, 'POST', clients, { as, json: { name: 'Second', role: 'owner' } })
    await running.expecting(204, 'DELETE', `${clients}/${only}`, { as })
  })

  it('keeps one owner also when two remove each other at the same time (AD-14)', async () => {
    const { path: clients, ids } = await ownersOf()
    const second = await running.expecting<AdminClient>(201, 'POST', clients, { json: { name: 'Second', role: 'owner' } })
    const answers = await Promise.all([...ids, second.id].map(async (id) => running.call('DELETE', `${clients}/${id}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    const { items } = await running.expecting<{ items: AdminClient[] }>(200, 'GET', clients)
    expect(items.map(({ role }) => role)).toEqual(['owner'])
  })

  it('rotates a secret with overlap: two are live at most', async () => {
    const { id, secrets } = await make({ name: 'Rotated', role: 'viewer' })
    const added = await running.expecting<{ id: string; clientSecret: string }>(201, 'POST', `${path}/${id}/secrets`, {
      as: owner,
      json: { expiresInSeconds: 60 },
    })
    expect(added.clientSecret).toMatch(/^cmb_/)
    expect(refusalOf(await running.call('POST', `${path}/${id}/secrets`, { as: owner }))).toMatchObject(
      aRefusal('too_many_secrets') as object,
    )
    const lastLasting = await running.call('DELETE', `${path}/${id}/secrets/${added.id}`, { as: owner })
    expect(refusalOf(lastLasting)).toMatchObject({ status: 409, body: { code: 'last_secret' } })
    await running.expecting(204, 'DELETE', `${path}/${id}/secrets/${secrets[0]?.id ?? ''}`, { as: owner })
    expect(refusalOf(await running.call('DELETE', `${path}/${id}/secrets/${added.id}`, { as: owner }))).toMatchObject({
      status: 409,
      body: { code: 'last_secret' },
    })
    expect(await running.expecting<AdminClient>(200, 'GET', `${path}/${id}`, { as: owner })).toMatchObject({ secrets: [{ id: added.id }] })
  })

  it('does not let a client of one organization reach one of another (AD-04)', async () => {
    const { path: foreign, ids } = await ownersOf()
    const [id = ''] = ids
    for (const address of [`${path}/${id}`, `${foreign}/${id}`]) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const call = { as: owner, ...(method === 'PATCH' ? { json: { name: 'Taken' } } : {}) }
        expect((await running.call(method, address, call)).status).toBe(404)
      }
      expect((await running.call('POST', `${address}/secrets`, { as: owner })).status).toBe(404)
    }
    expect(await running.expecting(200, 'GET', `${foreign}/${id}`)).toMatchObject({ name: 'A owner', rev: 1 })
  })
})

describe('/v1/admin-clients', () => {
  let running: RunningApplications

  beforeAll(async () => {
    running = await RunningApplications.start()
  })

  afterAll(async () => {
    await running.stop()
  })

  it('is for platform administrators alone, and keeps the last of them', async () => {
    const { owner } = await running.organization('t1')
    expect(refusalOf(await running.call('GET', '/v1/admin-clients', { as: owner }))).toEqual(aRefusal('platform_only'))
    const { items } = await running.expecting<{ items: AdminClient[] }>(200, 'GET', '/v1/admin-clients')
    expect(items).toMatchObject([{ clientId: PLATFORM_ADMIN.clientId, role: 'platform' }])
    const first = items[0]?.id ?? ''
    expect(refusalOf(await running.call('DELETE', `/v1/admin-clients/${first}`))).toEqual(
      aRefusal('last_owner', { detail: 'This is the last platform administrator; make another one first.' }),
    )
    const second = await running.expecting<AdminClient>(201, 'POST', '/v1/admin-clients', { json: { name: 'Second' } })
    expect(second).toMatchObject({ role: 'platform', name: 'Second' })
    expect(await running.expecting(200, 'PATCH', `/v1/admin-clients/${second.id}`, { json: { name: 'Deputy' } })).toMatchObject({
      name: 'Deputy',
      role: 'platform',
    })
    await running.expecting(204, 'DELETE', `/v1/admin-clients/${second.id}`)
  })
})
