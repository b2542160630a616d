import { defineRpc, listBindings, newId, type RpcResult } from '@cambio/contracts'
import { freePort, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { Controller, Module } from '@nestjs/common'
import { ClientNats } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { createNatsLink, type NatsLink } from '../link/nats-link.js'
import { startMicroservice } from '../testing/microservice.js'
import { RecordedLog } from '../testing/recorded-log.js'
import { AnswersRpc } from './answers-rpc.decorator.js'
import { RpcClient } from './rpc-client.js'
import { natsMicroserviceOptions, type RpcServer } from './rpc-server.js'

const double = defineRpc(
  'applications',
  'number.double',
  z.strictObject({ number: z.number().max(1_000) }),
  z.object({ number: z.number() }),
)
const misbehave = defineRpc('applications', 'number.misbehave', z.strictObject({ how: z.string() }), z.object({ number: z.number() }))
const nobodyAnswers = defineRpc('gateway', 'number.halve', z.strictObject({}), z.object({}))

/** A service with two questions; `answered` counts its own answers. */
async function serve(url: string, log: RecordedLog): Promise<{ rpc: RpcServer; answered: () => number; close: () => Promise<void> }> {
  let answered = 0
  @Controller()
  class NumbersController {
    @AnswersRpc(double)
    async double({ number }: { number: number }): Promise<RpcResult<{ number: number }>> {
      answered += 1
      if (number === 13) return { ok: false, failure: { code: 'unlucky', detail: 'not this one' } }
      if (number === 99) await delay(300)
      return { ok: true, value: { number: number * 2 } }
    }

    @AnswersRpc(misbehave)
    misbehave({ how }: { how: string }): RpcResult<{ number: number }> {
      if (how === 'throw') throw new Error('the database says no')
      if (how === 'huge') return { ok: true, value: { number: 1, padding: 'x'.repeat(1_200_000) } as { number: number } }
      return { ok: true, value: { number: 'a text' as unknown as number } }
    }
  }
  @Module({ controllers: [NumbersController] })
  class NumbersModule {}
  const link = createNatsLink({ servers: url, name: 'numbers', log, reconnectWaitMs: 50 })
  const options = natsMicroserviceOptions({ link, service: 'applications', log })
  const app = await startMicroservice(NumbersModule, options)
  const close = async (): Promise<void> => {
    await app.close()
    await link.close()
  }
  return { rpc: options.strategy, answered: () => answered, close }
}

describe('a question to another service', () => {
  let server: TestNatsServer
  let link: NatsLink
  let client: RpcClient
  let log: RecordedLog
  const closings: (() => Promise<void>)[] = []
  beforeEach(async () => {
    log = new RecordedLog()
    server = await startNatsServer()
    link = createNatsLink({ servers: server.url, name: 'asker', log, reconnectWaitMs: 50 })
    client = new RpcClient(link, log)
    await link.connected()
  })
  afterEach(async () => {
    for (const close of closings.splice(0)) await close()
    await link.close()
    await server.stop()
  })

  async function start(url = server.url): ReturnType<typeof serve> {
    const service = await serve(url, log)
    closings.push(service.close)
    if (url === server.url) {
      await vi.waitFor(async () => {
        expect(await client.ask(double, { number: 0 })).toEqual({ ok: true, value: { number: 0 } })
      })
    }
    return service
  }

  it('is answered, and an expected failure crosses as data', async () => {
    await start()
    expect(await client.ask(double, { number: 21 })).toEqual({ ok: true, value: { number: 42 } })
    expect(await client.ask(double, { number: 13 })).toEqual({ ok: false, failure: { code: 'unlucky', detail: 'not this one' } })
  })

  it('may come from a plain Nest client', async () => {
    await start()
    const nest = new ClientNats({ servers: [server.url] })
    expect(await firstValueFrom(nest.send(double.subject, { number: 4 }))).toEqual({ ok: true, value: { number: 8 } })
    await nest.close()
  })

  it('that does not have the agreed shape is refused before the method is called', async () => {
    const { answered } = await start()
    const before = answered()
    expect(await client.ask(double, { number: 4_000 })).toEqual({
      ok: false,
      failure: { code: 'invalid_request', detail: 'number: too_big' },
    })
    expect(answered()).toBe(before)
  })

  it('that ends in an exception is answered `internal`, and nothing of it crosses', async () => {
    await start()
    expect(await client.ask(misbehave, { how: 'throw' })).toEqual({ ok: false, failure: { code: 'internal' } })
  })

  it('with an answer of another shape, or of one that NATS does not take, fails and names why', async () => {
    await start()
    expect(await client.ask(misbehave, { how: 'lie' })).toEqual({ ok: false, failure: { code: 'invalid_answer' } })
    expect(await client.ask(misbehave, { how: 'huge' })).toEqual({
      ok: false,
      failure: { code: 'internal', detail: 'the answer is too large' },
    })
  })

  it('that nobody serves is `unavailable` at once', async () => {
    const began = performance.now()
    expect(await client.ask(nobodyAnswers, {}, { deadlineMs: 5_000 })).toEqual({ ok: false, failure: { code: 'unavailable' } })
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  it('is `unavailable` at once without a connection, also when there never was one', async () => {
    const unavailable = { ok: false, failure: { code: 'unavailable', detail: 'there is no connection to NATS' } }
    const lonely = createNatsLink({ servers: `nats://127.0.0.1:${await freePort()}`, name: 'lonely', log })
    expect(await new RpcClient(lonely, log).ask(double, { number: 1 })).toEqual(unavailable)
    await lonely.close()
    await server.kill()
    await vi.waitFor(async () => {
      expect(await client.ask(double, { number: 1 })).toEqual(unavailable)
    })
  })

  it('that is under way when the connection goes is `unavailable` and not waited for', async () => {
    await start()
    const underWay = client.ask(double, { number: 99 }, { deadlineMs: 10_000 })
    await delay(50)
    await server.kill()
    const began = performance.now()
    expect(await underWay).toEqual({ ok: false, failure: { code: 'unavailable', detail: 'the connection to NATS was lost' } })
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  it('that is not answered in time is a `timeout`', async () => {
    await start()
    expect(await client.ask(double, { number: 99 }, { deadlineMs: 50 })).toEqual({ ok: false, failure: { code: 'timeout' } })
  })

  it('that is larger than NATS takes is refused here', async () => {
    expect(await client.ask(misbehave, { how: 'x'.repeat(1_100_000) })).toEqual({
      ok: false,
      failure: { code: 'invalid_request', detail: 'the request is larger than NATS takes' },
    })
  })

  it.each([
    ['no JSON', '{'],
    ['no packet', '[]'],
    ['an event', JSON.stringify({ data: { number: 1 } })],
    ['too large', JSON.stringify({ id: '1', data: { number: 1 }, padding: 'x'.repeat(300_000) })],
    ['too deep', '['.repeat(200_000)],
    ['a text that is no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('in a message that is %s is answered, counted and disturbs no other (EV-16)', async (_what, payload) => {
    const { rpc, answered } = await start()
    const before = answered()
    const answer = await link.connection!.request(double.subject, payload, { timeout: 2_000 })
    expect(answer.json()).toEqual({
      response: { ok: false, failure: { code: 'invalid_request', detail: 'the message is not a request' } },
      isDisposed: true,
    })
    expect(rpc.rpcStatus()).toEqual({ pending: 0, refused: 1 })
    expect(answered()).toBe(before)
    expect(await client.ask(double, { number: 2 })).toEqual({ ok: true, value: { number: 4 } })
  })

  it('whose data has deep and forged members is refused by its schema', async () => {
    await start()
    for (const member of ['"__proto__":{"admin":true}', `"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}`]) {
      const packet = `{"id":"1","data":{"number":1,${member}}}`
      const answer = await link.connection!.request(double.subject, packet, { timeout: 2_000 })
      expect(answer.json()).toEqual({
        id: '1',
        response: { ok: false, failure: { code: 'invalid_request', detail: '(request): unrecognized_keys' } },
        isDisposed: true,
      })
    }
  })

  it('is answered by one of the replicas of a service', async () => {
    const [one, two] = [await start(), await start()]
    await vi.waitFor(async () => {
      await client.ask(double, { number: 1 })
      expect(two.answered()).toBeGreaterThan(0)
    })
    const before = one.answered() + two.answered()
    await Promise.all(Array.from({ length: 40 }, async (_, number) => client.ask(double, { number })))
    expect(one.answered() + two.answered() - before).toBe(40)
    expect(one.answered()).toBeGreaterThan(0)
  })

  it('is answered by a service that started while NATS was away, and again after NATS was restarted', async () => {
    const port = await freePort()
    const service = await serve(`nats://127.0.0.1:${port}`, log)
    closings.push(service.close)
    const late = await startNatsServer({ port })
    closings.push(async () => late.stop())
    const asker = createNatsLink({ servers: late.url, name: 'late asker', log, reconnectWaitMs: 50 })
    closings.push(async () => asker.close())
    const ask = async (): Promise<unknown> => new RpcClient(asker, log).ask(double, { number: 3 })
    await vi.waitFor(
      async () => {
        expect(await ask()).toEqual({ ok: true, value: { number: 6 } })
      },
      { timeout: 5_000 },
    )
    await late.restart()
    await vi.waitFor(
      async () => {
        expect(await ask()).toEqual({ ok: true, value: { number: 6 } })
      },
      { timeout: 5_000 },
    )
  })

  it('that is under way is still answered when its service shuts down, and the next is not taken', async () => {
    const { close } = await start()
    const underWay = client.ask(double, { number: 99 })
    await delay(50)
    closings.length = 0
    await close()
    expect(await underWay).toEqual({ ok: true, value: { number: 198 } })
    expect(await client.ask(listBindings, { org: newId('organization'), identityProvider: newId('identityProvider') })).toEqual({
      ok: false,
      failure: { code: 'unavailable' },
    })
    expect(await client.ask(double, { number: 1 })).toEqual({ ok: false, failure: { code: 'unavailable' } })
  })
})
