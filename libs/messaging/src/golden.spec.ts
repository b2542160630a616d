import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  APPLIED_PROBE_SUBJECT,
  DIGEST_PROBE_SUBJECT,
  FEED_KINDS,
  FEED_META_KEY,
  feedBucket,
  type FeedEntry,
  type FeedKind,
  type FeedMeta,
  type FeedValue,
  type Presence,
  PRESENCE_SUBJECT,
  type RpcContract,
  type RpcResult,
  rpcTraffic,
} from '@cambio/contracts'
import { startNatsServer, type TestNatsServer } from '@cambio/testing'
import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { Controller, Module } from '@nestjs/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { FeedBucket } from './feed/feed-bucket.js'
import { encodeFeedEntry } from './feed/feed-codec.js'
import { createNatsLink, type NatsLink } from './link/nats-link.js'
import { ProcessPresence } from './presence/process-presence.js'
import { AppliedProbe, askApplied, askDigests } from './replica/applied-probe.js'
import { AnswersRpc } from './rpc/answers-rpc.decorator.js'
import { RpcClient } from './rpc/rpc-client.js'
import { natsMicroserviceOptions } from './rpc/rpc-server.js'
import { startMicroservice } from './testing/microservice.js'
import { RecordedLog } from './testing/recorded-log.js'

const golden = (file: string): string =>
  // The files are laid out for people; on the wire there is no white space.
  JSON.stringify(JSON.parse(readFileSync(join(import.meta.dirname, '../../contracts/golden', file), 'utf8')))

const parsed = (file: string): unknown => JSON.parse(golden(file))
const nameOf = ({ subject }: { readonly subject: string }): string => subject.replace(/^cambio\.rpc\./, '').replace(/\.v1$/, '')
const contracts = rpcTraffic.map(({ contract }) => [nameOf(contract), contract as RpcContract] as const)

interface Packet {
  readonly id: string
  readonly data?: unknown
  readonly response?: RpcResult<unknown>
}

describe('what is written today is, byte for byte, what the golden files say', () => {
  let server: TestNatsServer
  let link: NatsLink
  let other: NatsLink
  const log = new RecordedLog()
  beforeAll(async () => {
    server = await startNatsServer()
    link = createNatsLink({ servers: server.url, name: 'golden', log })
    other = createNatsLink({ servers: server.url, name: 'other', log })
    await Promise.all([link.connected(), other.connected()])
  })
  afterAll(async () => {
    await Promise.all([link.close(), other.close()])
    await server.stop()
  })

  /** The next message of a subject, as text, and what to answer it with. */
  async function heard(subject: string, send: () => Promise<unknown> | undefined, answer?: (text: string) => string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    const subscription = other.subscribe(subject, {
      onMessage: (message) => {
        if (answer !== undefined) message.respond(answer(message.string()))
        resolve(message.string())
      },
    })
    await other.connection?.flush()
    await send()
    const text = await promise
    subscription.unsubscribe()
    return text
  }

  it.each(FEED_KINDS)('an entry and a deletion of %s', (kind: FeedKind) => {
    for (const file of [`v1/${kind}.json`, `v1/${kind}.deleted.json`]) {
      const entry = parsed(file) as FeedEntry<FeedValue<typeof kind>>
      expect(new TextDecoder().decode(encodeFeedEntry(kind, entry).bytes)).toBe(golden(file))
    }
  })

  it('what says that a bucket is complete', async () => {
    const bucket = new FeedBucket(link, 'organizations', 1)
    await bucket.make()
    await bucket.putMeta(parsed('v1/_meta.json') as FeedMeta, 0)
    const kv = await new Kvm(jetstream(link.connection!)).open(feedBucket('organizations'))
    expect((await kv.get(FEED_META_KEY))?.string()).toBe(golden('v1/_meta.json'))
  })

  it.each(contracts)('the request of %s', async (name, contract) => {
    const { id, data } = parsed(`rpc/v1/${name}.request.json`) as Packet
    const answer = golden(`rpc/v1/${name}.failure.json`)
    const text = await heard(
      contract.subject,
      () => new RpcClient(link, log).ask(contract, data),
      () => answer,
    )
    // Every question has a name of its own.
    expect(text.replace((JSON.parse(text) as Packet).id, id)).toBe(golden(`rpc/v1/${name}.request.json`))
  })

  it.each(contracts)('the answer and the failure of %s, which are read back as they are', async (name, contract) => {
    let result: RpcResult<unknown> | undefined
    class Answering {
      answer(): RpcResult<unknown> {
        return result ?? { ok: false, failure: { code: 'the test gave none' } }
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Answering.prototype, 'answer') as TypedPropertyDescriptor<() => RpcResult<unknown>>
    AnswersRpc(contract)(Answering.prototype, 'answer', descriptor)
    Object.defineProperty(Answering.prototype, 'answer', descriptor)
    Controller()(Answering)
    const TheModule = class {}
    Module({ controllers: [Answering] })(TheModule)
    const app = await startMicroservice(
      TheModule,
      natsMicroserviceOptions({ link: other, service: contract.owner, log, gracePeriodMs: 100 }),
    )
    await other.connection?.flush()
    try {
      for (const what of ['answer', 'failure']) {
        const file = `rpc/v1/${name}.${what}.json`
        result = (parsed(file) as Packet).response
        const reply = await link.connection!.request(contract.subject, golden(`rpc/v1/${name}.request.json`), { timeout: 2_000 })
        expect(reply.string()).toBe(golden(file))
        const { data } = parsed(`rpc/v1/${name}.request.json`) as Packet
        expect(await new RpcClient(link, log).ask(contract, data)).toEqual(result)
      }
    } finally {
      await app.close()
    }
  })

  it('the questions what is applied and what is held, and their answers', async () => {
    const question = parsed('probe/v1/applied.request.json') as { kind: FeedKind; org: string; id: string }
    const { rev } = parsed('probe/v1/applied.answer.json') as { rev: number }
    const held = parsed('probe/v1/digest.answer.json') as { replica: string; kind: FeedKind; entries: number; digest: string }
    const { kind, entries: size, digest, replica } = held
    const replicas = [{ kind, size, digest, get: () => ({ v: 1, id: question.id, org: question.org, rev, value: null }) }]
    const probe = new AppliedProbe({ link: other, service: 'token-service', replica, replicas })
    probe.start()
    await other.connection?.flush()
    for (const [subject, name] of [
      [APPLIED_PROBE_SUBJECT, 'applied'],
      [DIGEST_PROBE_SUBJECT, 'digest'],
    ] as const) {
      const reply = await link.connection!.request(subject, golden(`probe/v1/${name}.request.json`), { timeout: 2_000 })
      expect(reply.string()).toBe(golden(`probe/v1/${name}.answer.json`))
    }
    probe.stop()
    const asked = (): Promise<unknown> => askApplied(link, question, 50)
    expect(await heard(APPLIED_PROBE_SUBJECT, asked)).toBe(golden('probe/v1/applied.request.json'))
    expect(await heard(DIGEST_PROBE_SUBJECT, () => askDigests(link, kind, 50))).toBe(golden('probe/v1/digest.request.json'))
  })

  it('that a process is there, and that it leaves', async () => {
    const presence = parsed('probe/v1/presence.json') as Presence
    const process = new ProcessPresence({ link, presence, intervalMs: 60_000 })
    const say = (how: 'start' | 'stop') => (): undefined => {
      process[how]()
    }
    expect(await heard(PRESENCE_SUBJECT, say('start'))).toBe(golden('probe/v1/presence.json'))
    expect(await heard(PRESENCE_SUBJECT, say('stop'))).toBe(golden('probe/v1/presence.leaving.json'))
  })
})
