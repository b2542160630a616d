import { join } from 'node:path'
import { eventually, loseDatabase } from '@cambio/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { aRefusal, refusalOf, RunningApplications } from './testing/running-applications.js'

let running: RunningApplications

beforeAll(async () => {
  running = await RunningApplications.start()
})
afterAll(async () => running.stop())

const readiness = async (): Promise<unknown> => (await running.call('GET', '/readyz', { as: 'nobody' })).json()

const untilReadinessIs = (expected: unknown) =>
  eventually(
    async () => {
      expect(await readiness()).toEqual(expected)
    },
    { withinMs: 15_000, everyMs: 50 },
  )

it('answers 503 while its database is away, and goes on by itself when it is back (RS-05)', async () => {
  const { path } = await running.organization('before')
  const bringBack = loseDatabase(join(running.dataDirectory, 'applications.db'))
  await untilReadinessIs({ status: 'not_ready', missing: ['database'] })

  for (const [method, address, json] of [
    ['POST', '/v1/orgs', { handle: 'meanwhile', name: 'Meanwhile' }],
    ['POST', `${path}/applications`, { name: 'meanwhile' }],
    ['GET', `${path}/applications`, undefined],
  ] as const) {
    const answer = await running.call(method, address, { json })
    expect(refusalOf(answer)).toEqual(aRefusal('unavailable'))
    expect(answer.headers['retry-after']).toBe('2')
  }
  expect((await running.call('GET', '/metrics', { as: 'nobody' })).text).toMatch(/^cambio_database_open\{[^}]*\} 0$/m)
  expect((await running.call('GET', '/healthz', { as: 'nobody' })).status).toBe(200)

  bringBack()
  await untilReadinessIs({ status: 'ready' })
  await running.expecting(201, 'POST', `${path}/applications`, { json: { name: 'afterwards' } })
  const { items } = await running.expecting<{ items: { name: string }[] }>(200, 'GET', `${path}/applications`)
  expect(items.map(({ name }) => name)).toEqual(['afterwards'])
})
