import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLATFORM } from '@cambio/contracts'
import { openSqliteStore, type Store, StoreUnavailable } from '@cambio/store'
import { FIXED_NOW_MS } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { KEY_ENCRYPTION_KEY } from '../testing/exchange-world.js'
import { ensureSigningKey } from './ensure-signing-key.js'
import { makeSigningKey } from './signing-key.js'
import { addNewestKey, signingKeyDocuments } from './signing-keys.store.js'

const NOW = new Date(FIXED_NOW_MS)

describe('the first signing key', () => {
  let folder: string
  let replicas: Store[]
  beforeEach(async () => {
    folder = join(tmpdir(), `cambio-${randomUUID()}`)
    replicas = []
    for (let count = 0; count < 4; count += 1) replicas.push(await openSqliteStore({ file: join(folder, 'token-service.db') }))
  })
  afterEach(async () => {
    for (const replica of replicas) await replica.close()
    await rm(folder, { recursive: true, force: true })
  })
  const ensure = async (replica: Store): Promise<boolean> =>
    ensureSigningKey(replica.collection(signingKeyDocuments), 'ES256', KEY_ENCRYPTION_KEY, NOW)
  const stored = async (): Promise<string[]> => {
    const page = await replicas[0]!.collection(signingKeyDocuments).listBy(PLATFORM, { limit: 10 })
    return page.ok ? page.value.items.map(({ value }) => value.kid) : []
  }

  it('is made once', async () => {
    expect([await ensure(replicas[0]!), await ensure(replicas[0]!), await ensure(replicas[1]!)]).toEqual([true, false, false])
    expect(await stored()).toHaveLength(1)
  })

  it('is made by one of several replicas that start together on one database', async () => {
    const made = await Promise.all([...replicas, ...replicas].map(ensure))
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await stored()).toHaveLength(1)
  })

  it('waits in the outbox to be published', async () => {
    await ensure(replicas[0]!)
    const [entry] = await replicas[1]!.collection(signingKeyDocuments).unpublished(10)
    expect(entry).toMatchObject({ org: PLATFORM, rev: 1, publishedRev: 0 })
  })

  it('is made again only where the newest one has been retired', async () => {
    const keys = replicas[0]!.collection(signingKeyDocuments)
    const retired = { ...(await makeSigningKey('ES256', KEY_ENCRYPTION_KEY, NOW)), retiredFrom: NOW.toISOString() }
    expect(await addNewestKey(keys, retired)).toBe(true)
    expect(await ensure(replicas[0]!)).toBe(true)
    expect(await ensure(replicas[0]!)).toBe(false)
    expect(await stored()).toHaveLength(2)
  })

  it('cannot be made while the store is away', async () => {
    await replicas[0]!.close()
    await expect(ensure(replicas[0]!)).rejects.toThrow(StoreUnavailable)
  })
})
