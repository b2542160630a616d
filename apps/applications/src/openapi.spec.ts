import { openApiProblems } from '@cambio/service-kit/openapi-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { RunningApplications } from './testing/running-applications.js'

describe('the description of the API', () => {
  let running: RunningApplications

  beforeAll(async () => {
    running = await RunningApplications.start()
  })

  afterAll(async () => {
    await running.stop()
  })

  it('is a valid OpenAPI 3.1 document with every route and every error', async () => {
    expect(await openApiProblems(running.service.app)).toEqual([])
  })

  it('can be browsed', async () => {
    const page = await running.call('GET', '/docs', { as: 'nobody' })
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
  })
})
