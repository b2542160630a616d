import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type AdminClientValue, PLATFORM } from '@cambio/contracts'
import { looksLikeClientSecret } from '@cambio/oauth'
import { openSqliteStore, type Store, type StoredDocument } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { adminClientDefinition, adminClientKey, adminClientKeyTaken, AdminClientStore } from '../admin-clients/admin-client.store.js'
import { SecretMaker } from '../client-secrets/secret-maker.js'
import {
  organizationDefinition,
  organizationHandleKey,
  organizationKeyTaken,
  OrganizationStore,
} from '../organizations/organization.store.js'
import { AdminFile } from './admin-file.js'
import { FIRST_ADMIN, FirstStart } from './first-start.js'

const chosen = 'a-secret-that-the-operator-chose-0123456789'
const settle = async (): Promise<void> => undefined

describe('the first start', () => {
  let store: Store
  let directory: string
  let organizations: OrganizationStore
  let clients: AdminClientStore
  const secrets = new SecretMaker(Buffer.alloc(32, 1))

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cambio-first-start-'))
    store = await openSqliteStore({ file: ':memory:' })
    organizations = new OrganizationStore({
      noun: 'organization',
      collection: store.collection(organizationDefinition),
      settle,
      taken: organizationKeyTaken,
    })
    clients = new AdminClientStore({
      noun: 'admin client',
      collection: store.collection(adminClientDefinition),
      settle,
      taken: adminClientKeyTaken,
    })
  })

  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  const start = async (chosenSecret?: string, dataDirectory = directory): Promise<void> =>
    new FirstStart({ organizations, clients, secrets, file: new AdminFile(dataDirectory), chosenSecret }).execute()

  const fileContent = async (dataDirectory = directory): Promise<{ clientId: string; clientSecret: string }> =>
    JSON.parse(await readFile(join(dataDirectory, 'admin.json'), 'utf8')) as { clientId: string; clientSecret: string }

  const administrator = async (): Promise<StoredDocument<AdminClientValue>> => {
    const found = await clients.getByKey(PLATFORM, adminClientKey(FIRST_ADMIN))
    if (!found.ok) throw new Error('there is no administrator')
    return found.value
  }

  const accepts = async (secret: string): Promise<boolean> => secrets.matches(secret, (await administrator()).value.secrets)

  it('makes the organization default and one platform administrator with a secret of its own (AD-13)', async () => {
    await start()
    const { clientId, clientSecret } = await fileContent()
    expect(clientId).toBe('cambio-admin')
    expect(looksLikeClientSecret(clientSecret)).toBe(true)
    expect(await accepts(clientSecret)).toBe(true)
    expect((await administrator()).value).toMatchObject({ clientId: 'cambio-admin', role: 'platform', applications: [] })
    expect(await organizations.getByKey(PLATFORM, organizationHandleKey('default'))).toMatchObject({
      ok: true,
      value: { value: { name: 'Default' } },
    })
  })

  it('keeps the secret in a file that its owner alone can read (AD-13)', async () => {
    await start()
    expect((await stat(join(directory, 'admin.json'))).mode & 0o777).toBe(0o600)
  })

  it('changes nothing at a second start', async () => {
    await start()
    const [file, { rev }] = [await fileContent(), await administrator()]
    await start()
    expect([await fileContent(), (await administrator()).rev]).toEqual([file, rev])
    expect((await organizations.list(PLATFORM, { limit: 10 })).ok).toBe(true)
  })

  it('goes on with the secret in the file when it died before the database had it', async () => {
    const file = new AdminFile(directory)
    await file.create({ clientId: FIRST_ADMIN, clientSecret: 'cmb_'.padEnd(53, 'x') })
    await start()
    expect(await accepts('cmb_'.padEnd(53, 'x'))).toBe(true)
    expect((await fileContent()).clientSecret).toBe('cmb_'.padEnd(53, 'x'))
  })

  it('takes the operator’s secret, and writes the file as well', async () => {
    await start(chosen)
    expect(await fileContent()).toEqual({ clientId: 'cambio-admin', clientSecret: chosen })
    expect(await accepts(chosen)).toBe(true)
  })

  it('takes a changed secret of the operator in the place of all others', async () => {
    await start()
    const { clientSecret: generated } = await fileContent()
    await start(chosen)
    expect([await accepts(chosen), await accepts(generated), (await fileContent()).clientSecret]).toEqual([true, false, chosen])
    const { rev } = await administrator()
    await start(chosen)
    expect((await administrator()).rev).toBe(rev)
  })

  it('leaves a secret alone that an administrator rotated', async () => {
    await start()
    const { stored, clientSecret } = secrets.issue()
    const { id } = await administrator()
    await clients.edit(PLATFORM, id, 'any', ({ value }) => ({ ok: true, value: { ...value, secrets: [stored] } }))
    await start()
    expect(await accepts(clientSecret)).toBe(true)
  })

  it('does not bring back an administrator that was removed in favour of another', async () => {
    await start()
    const { id, value } = await administrator()
    await clients.insert(PLATFORM, 'adm_another', { ...value, clientId: 'another' })
    await clients.remove(PLATFORM, id, 'any')
    await start()
    expect((await clients.getByKey(PLATFORM, adminClientKey(FIRST_ADMIN))).ok).toBe(false)
  })

  it('has one winner when two processes start at once, in one directory or in two', async () => {
    const other = await mkdtemp(join(tmpdir(), 'cambio-first-start-'))
    try {
      await Promise.all([start(), start(), start(undefined, other)])
      const kept = await Promise.all(
        [fileContent(), fileContent(other).catch(() => undefined)].map(async (file) => file.catch(() => undefined)),
      )
      const present = kept.filter((file) => file !== undefined)
      expect(present.length).toBeGreaterThan(0)
      for (const { clientSecret } of present) expect(await accepts(clientSecret)).toBe(true)
    } finally {
      await rm(other, { recursive: true, force: true })
    }
  })

  it('refuses a file that is not its own, and does not show what it holds', async () => {
    await writeFile(join(directory, 'admin.json'), '{"clientSecret": "precious"}')
    await expect(start()).rejects.toThrow(`${join(directory, 'admin.json')} is not a file that Cambio wrote; move it away`)
    expect((await clients.getByKey(PLATFORM, adminClientKey(FIRST_ADMIN))).ok).toBe(false)
  })
})
