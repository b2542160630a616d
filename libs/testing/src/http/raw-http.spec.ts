import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { answersWith } from '../provider/answers.js'
import { ScriptedServer } from '../provider/scripted-server.js'
import { rawHttp } from './raw-http.js'

describe('rawHttp', () => {
  let server: ScriptedServer
  beforeAll(async () => {
    server = await ScriptedServer.start()
    server.usually('/', answersWith('hello'))
  })
  afterAll(() => server.stop())

  it('sends what no client would and tells when the server closed the connection', async () => {
    const both = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    const answer = await rawHttp(server.port, both)
    expect(answer.statuses).toEqual([400])
    expect(answer.closedAfterMs).toBeLessThan(2_000)
  })

  it('sends in parts with pauses, and counts all answers on one connection', async () => {
    const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const answer = await rawHttp(server.port, [get.slice(0, 10), { pauseMs: 50 }, get.slice(10), get], { withinMs: 400 })
    expect(answer.statuses).toEqual([200, 200])
    expect(answer.text).toContain('hello')
    expect(answer.closedAfterMs).toBeNull()
  })

  it('fails when nobody listens', async () => {
    await expect(rawHttp(1, 'x')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
