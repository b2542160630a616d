import { eventually, testKey } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aTokenNow, exchangeForm, refusal, refusedAs, RunningTokenService } from './testing/running-token-service.js'

let running: RunningTokenService

beforeAll(async () => {
  running = await RunningTokenService.start()
})
afterAll(async () => running.stop())

/** Takes all places, as requests do that do not end. Gives them back. */
function fill(): () => void {
  const { admission } = running.replica
  let taken = 0
  while (admission.enter()) taken += 1
  return () => {
    for (let index = 0; index < taken; index += 1) admission.leave()
  }
}

describe('a token service with more requests than it can compute (RS-14)', () => {
  it('refuses further ones in the words of its token endpoint, is alive, and goes on', async () => {
    const giveBack = fill()
    const answer = await running.replica.token(exchangeForm())
    expect(refusal(answer)).toEqual(refusedAs('temporarily_unavailable'))
    expect((await running.replica.get('/oauth2/jwks')).status).toBe(503)
    for (const path of ['/healthz', '/readyz', '/metrics']) expect([path, (await running.replica.get(path)).status]).toEqual([path, 200])
    const admin = await running.replica.get('/v1/orgs/t1/audit')
    expect([admin.status, admin.headers['retry-after'], admin.headers['content-type']]).toEqual([503, '5', 'application/problem+json'])
    giveBack()
    expect((await running.replica.token(exchangeForm())).status).toBe(200)
  })

  it('is not filled by requests that wait for the registry: a flood of unknown key ids takes no place', async () => {
    const asked = Promise.withResolvers<undefined>()
    running.neighbours.registry.answer = async () => {
      await asked.promise
      return { ok: true, value: { outcome: 'unchanged', entry: null } }
    }
    let pending = 20
    const unknown = Array.from({ length: pending }, async (_, index) =>
      running.replica
        .token(exchangeForm({ subject_token: aTokenNow({ key: testKey('ES256', { name: 'unknown', kid: `unknown-${index}` }) }) }))
        .finally(() => (pending -= 1)),
    )
    await eventually(() => {
      expect(running.neighbours.registry.questions.length).toBeGreaterThan(0)
    })
    await eventually(() => {
      expect([pending, running.replica.admission.status().computing]).toEqual([20, 0])
    })
    expect((await running.replica.token(exchangeForm())).status).toBe(200)
    asked.resolve(undefined)
    for (const answer of await Promise.all(unknown)) expect([400, 503]).toContain(answer.status)
    await eventually(() => {
      expect(running.replica.admission.status().computing).toBe(0)
    })
  })
})
