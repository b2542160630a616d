import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { answersWith, neverAnswers } from '../provider/answers.js'
import { ScriptedServer } from '../provider/scripted-server.js'
import { testCa } from '../provider/test-ca.js'
import { tlsOf } from '../provider/tls-choice.js'
import { httpRequest } from './http-request.js'

describe('httpRequest', () => {
  let server: ScriptedServer
  let origin: string
  beforeAll(async () => {
    server = await ScriptedServer.start()
    origin = `http://127.0.0.1:${server.port}`
    server.usually('/', answersWith({ ok: true }, 201, { 'x-a': 'b' }))
    server.usually('/never', neverAnswers)
  })
  afterAll(() => server.stop())

  it('gives status, headers and body', async () => {
    const answer = await httpRequest(origin)
    expect([answer.status, answer.headers['x-a'], answer.text, answer.json()]).toEqual([201, 'b', '{"ok":true}', { ok: true }])
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', body: '' })
  })

  it('sends a form with Basic credentials that are form-encoded, and a name twice if asked', async () => {
    const form = [
      ['audience', 'a b'],
      ['audience', 'c'],
    ] as const
    await httpRequest(origin, { form, basic: ['app 1', 'p:w%'] })
    expect(server.requests.at(-1)).toMatchObject({
      method: 'POST',
      body: 'audience=a+b&audience=c',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from('app+1:p%3Aw%25').toString('base64')}`,
      },
    })
  })

  it('sends JSON with a bearer token, and headers that a test replaces', async () => {
    await httpRequest(origin, { method: 'PUT', json: { a: 1 }, bearer: 'tok', headers: { 'content-type': 'text/x' } })
    expect(server.requests.at(-1)).toMatchObject({
      method: 'PUT',
      body: '{"a":1}',
      headers: { 'content-type': 'text/x', authorization: 'Bearer tok' },
    })
  })

  it('gives up in time', async () => {
    await expect(httpRequest(`${origin}/never`, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'ABORT_ERR' })
  })

  it('trusts the authority that it is given', async () => {
    const secure = await ScriptedServer.start({ tls: await tlsOf({}) })
    const url = `https://localhost:${secure.port}`
    expect((await httpRequest(url, { ca: (await testCa()).pem })).status).toBe(404)
    await expect(httpRequest(url)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/) as string })
    await secure.stop()
  })
})
