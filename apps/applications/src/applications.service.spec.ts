import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Store, StoreOpenError } from '@cambio/store'
import { eventually, freePort, httpRequest } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { aRefusal, refusalOf as problemOf, RunningApplications, startApplications } from './testing/running-applications.js'

describe('starting', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cambio-applications-start-'))
  })

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  const refusalOf = async (dataDirectory: string, environment: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    startApplications(dataDirectory, 'nats://127.0.0.1:1', environment).then(
      () => 'it starts',
      (error: unknown) => (error instanceof StoreOpenError ? error.message : error),
    )

  it('is refused in one sentence while MONGODB_URI asks for what this version does not have', async () => {
    expect(await refusalOf(directory, { MONGODB_URI: 'mongodb://user:password@db.test:27017' })).toBe(
      'MONGODB_URI is set, and this version has no MongoDB adapter: unset it to use the embedded store.',
    )
  })

  it('is refused in one sentence when the data directory is none', async () => {
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    expect(await refusalOf(file)).toMatch(/^Cannot write .*a-file.*: .*CAMBIO_DATA_DIR\.$/)
  })

  it('does not wait for NATS: it listens, and /readyz says what is missing', async () => {
    const port = await freePort()
    const { service } = await startApplications(directory, `nats://127.0.0.1:${port}`)
    try {
      expect((await httpRequest(`${service.url}/healthz`)).json()).toEqual({ status: 'alive' })
      const ready = await eventually(async () => {
        const answer = await httpRequest(`${service.url}/readyz`)
        expect((answer.json() as { missing: string[] }).missing).not.toContain('first-start')
        return answer
      })
      expect({ status: ready.status, body: ready.json() }).toEqual({
        status: 503,
        body: {
          status: 'not_ready',
          missing: ['admin-clients', 'identity-providers', 'organizations', 'signing-keys'].map(
            (kind) => `no connection to NATS, and no ${kind} on disk`,
          ),
        },
      })
    } finally {
      await service.stop()
    }
  })

  it('stays and says so while the database does not answer: 503 for what needs it, and nothing half done', async () => {
    const running = await RunningApplications.start()
    try {
      await running.organization('t1')
      await running.service.app.get(Store, { strict: false }).close()
      const answer = await running.call('POST', '/v1/orgs/t1/applications', { json: { name: 'shop' } })
      expect(problemOf(answer)).toEqual(aRefusal('unavailable'))
      expect(answer.headers['retry-after']).toBe('2')
      const ready = await running.call('GET', '/readyz', { as: 'nobody' })
      expect({ status: ready.status, body: ready.json() }).toEqual({ status: 503, body: { status: 'not_ready', missing: ['database'] } })
      expect((await running.call('GET', '/healthz', { as: 'nobody' })).status).toBe(200)
    } finally {
      await running.stop()
    }
  })

  it('finds what was there before, also with NATS away', async () => {
    const running = await RunningApplications.start()
    try {
      await running.organization('t1')
      await running.service.stop()
      await running.nats.kill()
      const { service } = await startApplications(running.dataDirectory, running.nats.url)
      try {
        await eventually(async () => {
          expect((await httpRequest(`${service.url}/readyz`)).json()).toEqual({ status: 'ready' })
        })
        const again = Object.assign(Object.create(running) as RunningApplications, { service })
        expect(await again.expecting(200, 'GET', '/v1/orgs/t1')).toMatchObject({ handle: 't1' })
      } finally {
        await service.stop()
      }
    } finally {
      await running.stop()
    }
  })
})
