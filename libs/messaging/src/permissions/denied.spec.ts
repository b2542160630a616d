import {
  feedBucket,
  type FeedKind,
  FEED_KINDS,
  feedKinds,
  followedKinds,
  natsInboxPrefix,
  natsPermissions,
  rpcTraffic,
  SERVICES,
  type ServiceName,
} from '@cambio/contracts'
import { startNatsServer, type TestNatsServer } from '@cambio/testing'
import { connect, errors, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Attempt {
  readonly operation: 'publish' | 'subscription'
  readonly subject: string
  readonly queue?: string
}

const publish = (subject: string): Attempt => ({ operation: 'publish', subject })
const subscribe = (subject: string, queue?: string): Attempt => ({
  operation: 'subscription',
  subject,
  ...(queue === undefined ? {} : { queue }),
})

/** Makes every attempt and gives those that the server denied, in their order. */
async function denied(connection: NatsConnection, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const violations = new Set<string>()
  const seen = (async () => {
    for await (const status of connection.status()) {
      if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue
      violations.add(`${status.error.operation} ${status.error.subject} ${status.error.queue ?? ''}`)
    }
  })()
  for (const { operation, subject, queue } of attempts) {
    if (operation === 'publish') connection.publish(subject, '{}')
    else connection.subscribe(subject, { ...(queue === undefined ? {} : { queue }), callback: () => undefined })
  }
  await connection.flush()
  await connection.close()
  await seen
  return attempts.filter(({ operation, subject, queue }) => violations.has(`${operation} ${subject} ${queue ?? ''}`))
}

describe('what NATS denies a service', () => {
  let server: TestNatsServer
  beforeAll(async () => {
    const users = SERVICES.map((name) => ({ name, password: `of ${name}`, permissions: natsPermissions(name) }))
    server = await startNatsServer({ users })
  })
  afterAll(() => server.stop())

  const as = async (service: ServiceName): Promise<NatsConnection> =>
    connect({ servers: server.url, user: service, pass: `of ${service}`, inboxPrefix: natsInboxPrefix(service) })

  const expectAllDenied = async (service: ServiceName, attempts: readonly Attempt[]): Promise<void> => {
    expect(attempts.length).toBeGreaterThan(0)
    expect(await denied(await as(service), attempts)).toEqual(attempts)
  }

  describe.each(SERVICES)('%s', (service) => {
    const others = SERVICES.filter((other) => other !== service)
    const foreign = FEED_KINDS.filter((kind) => feedKinds[kind].owner !== service)

    it('may not publish to a config subject of another owner, nor make, change, empty or remove its bucket (EV-16)', async () => {
      await expectAllDenied(
        service,
        foreign.flatMap((kind) => [
          publish(`$KV.${feedBucket(kind)}.org_x.id_x`),
          publish(`$KV.${feedBucket(kind)}._meta`),
          ...['CREATE', 'UPDATE', 'PURGE', 'DELETE', 'SNAPSHOT', 'RESTORE'].map((call) =>
            publish(`$JS.API.STREAM.${call}.KV_${feedBucket(kind)}`),
          ),
        ]),
      )
    })

    it('may not answer what others are asked, alone or in their queue group, nor listen to its own questions beside its group', async () => {
      await expectAllDenied(
        service,
        rpcTraffic.flatMap(({ contract: { subject, owner } }) =>
          owner === service ? [subscribe(subject)] : [subscribe(subject), subscribe(subject, owner), subscribe(subject, service)],
        ),
      )
    })

    it('may not ask what it has no reason to ask', async () => {
      const unasked = rpcTraffic.filter(({ askers }) => !askers.includes(service))
      await expectAllDenied(
        service,
        unasked.map(({ contract }) => publish(contract.subject)),
      )
    })

    it('may not listen to the answers for another service, whatever the pattern', async () => {
      await expectAllDenied(service, [
        ...others.map((other) => subscribe(`${natsInboxPrefix(other)}.>`)),
        ...['>', '*.>', '_INBOX.>', 'cambio.>', 'cambio.rpc.>', '$KV.>', '$JS.>', '$JS.API.>', '$SYS.>'].map((subject) =>
          subscribe(subject),
        ),
      ])
    })

    it('may not use the calls of JetStream that reach every stream or end a nats-server 2.9', async () => {
      await expectAllDenied(
        service,
        [
          '$JS.API.STREAM.NAMES',
          '$JS.API.STREAM.LIST',
          '$JS.API.STREAM.CREATE.OTHER',
          '$JS.API.ACCOUNT.PURGE.$G',
          '$JS.API.SERVER.REMOVE',
          ...FEED_KINDS.map((kind) => `$JS.API.STREAM.MSG.GET.KV_${feedBucket(kind)}`),
          ...FEED_KINDS.map((kind) => `$JS.API.STREAM.MSG.DELETE.KV_${feedBucket(kind)}`),
        ].map(publish),
      )
    })
  })

  it.each(SERVICES.map((service) => ({ service, unread: unreadBy(service) })).filter(({ unread }) => unread.length > 0))(
    '$service may not look at, read or follow $unread, which it does not follow',
    async ({ service, unread }) => {
      await expectAllDenied(
        service,
        unread.flatMap((kind) => [
          publish(`$JS.API.STREAM.INFO.KV_${feedBucket(kind)}`),
          publish(`$JS.API.DIRECT.GET.KV_${feedBucket(kind)}.$KV.${feedBucket(kind)}.org_x.id_x`),
          publish(`$JS.API.CONSUMER.CREATE.KV_${feedBucket(kind)}.spy.>`),
          publish(`$JS.API.CONSUMER.DURABLE.CREATE.KV_${feedBucket(kind)}.spy`),
        ]),
      )
    },
  )

  it('names no service that it does not know', async () => {
    await expect(connect({ servers: server.url, user: 'cambio', pass: 'of cambio', reconnect: false })).rejects.toThrow(/Authorization/)
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/Authorization/)
  })
})

/** Neither its own nor one that it follows. */
function unreadBy(service: (typeof SERVICES)[number]): readonly FeedKind[] {
  return FEED_KINDS.filter((kind) => feedKinds[kind].owner !== service && !followedKinds[service].includes(kind))
}
