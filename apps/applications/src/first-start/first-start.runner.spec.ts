import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLog, Readiness } from '@cambio/service-kit'
import { openSqliteStore } from '@cambio/store'
import { eventually, secretScan } from '@cambio/testing'
import { expect, it } from 'vitest'

import { adminClientDefinition, adminClientKeyTaken, AdminClientStore } from '../admin-clients/admin-client.store.js'
import { SecretMaker } from '../client-secrets/secret-maker.js'
import { organizationDefinition, organizationKeyTaken, OrganizationStore } from '../organizations/organization.store.js'
import { AdminFile } from './admin-file.js'
import { FirstStart } from './first-start.js'
import { FirstStartRunner } from './first-start.runner.js'

const settle = async (): Promise<void> => undefined

it('tries the first start again until it succeeds, says so in readiness, and logs no secret', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cambio-runner-'))
  const store = await openSqliteStore({ file: ':memory:' })
  const lines: string[] = []
  const readiness = new Readiness()
  const admin = join(directory, 'admin.json')
  await writeFile(admin, 'something else')
  const runner = new FirstStartRunner(
    new FirstStart({
      organizations: new OrganizationStore({
        noun: 'organization',
        collection: store.collection(organizationDefinition),
        settle,
        taken: organizationKeyTaken,
      }),
      clients: new AdminClientStore({
        noun: 'admin client',
        collection: store.collection(adminClientDefinition),
        settle,
        taken: adminClientKeyTaken,
      }),
      secrets: new SecretMaker(Buffer.alloc(32, 1)),
      file: new AdminFile(directory),
      chosenSecret: undefined,
    }),
    readiness,
    createLog({ service: 'applications', level: 'debug', write: (line) => lines.push(line) }),
  )
  try {
    runner.start()
    await eventually(() => {
      expect(lines.join('')).toContain('the first start is not complete; it is tried again')
    })
    expect(await readiness.missing()).toEqual(['first-start'])
    await rm(admin)
    await eventually(async () => {
      expect(await readiness.missing()).toEqual([])
    })
    const { clientSecret } = JSON.parse(await readFile(admin, 'utf8')) as { clientSecret: string }
    expect(secretScan(lines.join(''), [clientSecret])).toEqual([])
  } finally {
    await runner.stop()
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
