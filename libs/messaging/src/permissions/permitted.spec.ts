import {
  type findIdentityProvider,
  followedKinds,
  natsInboxPrefix,
  natsPermissions,
  newId,
  PLATFORM,
  rpcTraffic,
  SERVICES,
  type ServiceName,
} from '@cambio/contracts'
import { openSqliteStore, type Store } from '@cambio/store'
import { eventually, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { Module } from '@nestjs/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createNatsLink, type NatsLink } from '../link/nats-link.js'
import { FeedOwner } from '../owner/feed-owner.js'
import { feedConfirmController, FeedOwners } from '../owner/feed-owners.js'
import { AppliedRevisions } from '../presence/applied-revisions.js'
import { ProcessPresence } from '../presence/process-presence.js'
import { ReplicaRoster } from '../presence/replica-roster.js'
import { AppliedProbe } from '../replica/applied-probe.js'
import { FeedReplica } from '../replica/feed-replica.js'
import { RpcClient } from '../rpc/rpc-client.js'
import { natsMicroserviceOptions } from '../rpc/rpc-server.js'
import { startMicroservice } from '../testing/microservice.js'
import { RecordedLog } from '../testing/recorded-log.js'
import { organizationsIn } from '../testing/test-feed.js'

/** Every follower of organizations, each as the user that it is. */
const followers = SERVICES.filter((service) => followedKinds[service].includes('organizations'))

describe('with nothing permitted but what the tables name', () => {
  let server: TestNatsServer
  let store: Store
  let log: RecordedLog
  let ownerLink: NatsLink
  const endings: (() => Promise<void> | void)[] = []

  beforeEach(async () => {
    const users = SERVICES.map((name) => ({ name, password: `of ${name}`, permissions: natsPermissions(name) }))
    server = await startNatsServer({ users: [...users, { name: 'operator', password: 'of operator' }] })
    store = await openSqliteStore({ file: ':memory:' })
    log = new RecordedLog()
    ownerLink = linkOf('applications')
  })

  afterEach(async () => {
    for (const ending of endings.splice(0).reverse()) await ending()
    await store.close()
    await server.stop()
  })

  function linkOf(service: ServiceName | 'operator'): NatsLink {
    const credentials = { user: service, pass: `of ${service}` }
    const inboxPrefix = service === 'operator' ? undefined : natsInboxPrefix(service)
    const link = createNatsLink({ servers: server.url, name: service, log, reconnectWaitMs: 50, credentials, inboxPrefix })
    endings.push(async () => link.close())
    return link
  }

  async function startOwner(): Promise<FeedOwner<'organizations', unknown>> {
    const times = { checkIntervalMs: 100, reconcileIntervalMs: 60_000 }
    const owner = new FeedOwner({
      kind: 'organizations',
      link: ownerLink,
      collection: organizationsIn(store),
      toFeedValue: ({ value }) => value,
      leases: store.leases(),
      log,
      times,
    })
    const TheModule = class {}
    Module({
      controllers: [feedConfirmController('applications')],
      providers: [{ provide: FeedOwners, useValue: new FeedOwners([owner]) }],
    })(TheModule)
    const app = await startMicroservice(
      TheModule,
      natsMicroserviceOptions({ link: ownerLink, service: 'applications', log, gracePeriodMs: 100 }),
    )
    owner.start()
    endings.push(async () => {
      await owner.stop()
      await app.close()
    })
    return owner
  }

  async function startFollower(service: ServiceName): Promise<FeedReplica<'organizations'>> {
    const link = linkOf(service)
    const replica = new FeedReplica({ kind: 'organizations', link, rpc: new RpcClient(link, log), log, pollIntervalMs: 100 })
    await replica.start()
    const name = { service, replica: `the ${service}` } as const
    const probe = new AppliedProbe({ link, ...name, replicas: [replica] })
    const presence = new ProcessPresence({ link, presence: { ...name, kinds: ['organizations'] }, intervalMs: 200 })
    probe.start()
    presence.start()
    endings.push(async () => {
      probe.stop()
      presence.stop()
      await replica.stop()
    })
    return replica
  }

  it('a bucket is made, written, followed, emptied, removed, made anew and confirmed, and everybody says what it has applied', async () => {
    const collection = organizationsIn(store)
    const ids = [newId('organization'), newId('organization')] as const
    await collection.insert(PLATFORM, ids[0], { handle: 'acme', name: 'Acme' })
    const owner = await startOwner()
    const replicas = await Promise.all(followers.map(startFollower))
    const allHold = async (id: string, rev: number): Promise<void> => {
      await eventually(
        () => {
          for (const replica of replicas)
            expect({ ready: replica.state().ready, rev: replica.get(PLATFORM, id)?.rev }).toEqual({ ready: true, rev })
        },
        { withinMs: 15_000 },
      )
    }
    await allHold(ids[0], 1)

    await collection.replace(PLATFORM, ids[0], 1, { handle: 'acme', name: 'Acme, Inc.' })
    owner.publishSoon()
    await allHold(ids[0], 2)

    const operator = linkOf('operator')
    await operator.connected()
    const manager = await jetstream(operator.connection!).jetstreamManager()
    await manager.streams.purge('KV_cambio-organizations')
    await collection.insert(PLATFORM, ids[1], { handle: 'other', name: 'Other' })
    owner.publishSoon()
    await allHold(ids[1], 1)
    await allHold(ids[0], 2)

    const { created } = await manager.streams.info('KV_cambio-organizations')
    await manager.streams.delete('KV_cambio-organizations')
    await eventually(
      async () => {
        expect((await manager.streams.info('KV_cambio-organizations')).created).not.toBe(created)
      },
      { withinMs: 15_000 },
    )
    await allHold(ids[1], 1)

    // A key that the store does not know is erased by its owner, which every replica has confirmed before it drops it.
    const forged = newId('organization')
    const value = { v: 1, id: forged, org: PLATFORM, rev: 1, value: { handle: 'forged', name: 'Forged' } }
    await eventually(
      () => {
        // Again and again: its owner erases it as it arrives.
        operator.connection!.publish(`$KV.cambio-organizations.${PLATFORM}.${forged}`, JSON.stringify(value))
        for (const replica of replicas) expect(replica.get(PLATFORM, forged)?.rev).toBe(1)
      },
      { withinMs: 15_000 },
    )
    await eventually(() => {
      expect(owner.status().putRight).toBeGreaterThan(0)
    })
    await server.restart()
    await eventually(
      () => {
        for (const replica of replicas) expect(replica.get(PLATFORM, forged)).toBeUndefined()
      },
      { withinMs: 20_000 },
    )

    const applied = new AppliedRevisions(ownerLink, rosterOf(ownerLink))
    await eventually(async () => {
      const count = await applied.count({ kind: 'organizations', org: PLATFORM, id: ids[0] }, 2)
      expect(count).toEqual({ replicas: followers.length, current: followers.length, silent: 0 })
    })
    expect(log.text).not.toMatch(/[Pp]ermission/)
  }, 60_000)

  it('a listing arrives that is so long that the server controls its flow', async () => {
    const operator = linkOf('operator')
    await operator.connected()
    const kv = await new Kvm(jetstream(operator.connection!)).create('cambio-organizations', { history: 1 })
    const count = 2_000
    const name = 'x'.repeat(200)
    for (let n = 0; n < count; n++) {
      const id = newId('organization')
      // More than the schema names, for its weight.
      const message = { v: 1, id, org: PLATFORM, rev: 1, value: { handle: `org-${n}`, name, weight: 'x'.repeat(16_000) } }
      operator.connection!.publish(`$KV.cambio-organizations.${PLATFORM}.${id}`, JSON.stringify(message))
    }
    await operator.connection!.flush()
    await kv.put('_meta', JSON.stringify({ complete: true, at: new Date().toISOString() }))
    const replica = await startFollower('gateway')
    await eventually(
      () => {
        expect({ entries: replica.state().entries, ready: replica.state().ready }).toEqual({ entries: count, ready: true })
      },
      { withinMs: 20_000 },
    )
    expect(replica.state().listings).toBe(1)
    expect(log.text).not.toMatch(/[Pp]ermission/)
  }, 40_000)

  it('whoever may ask a question is answered', async () => {
    for (const { contract, askers } of rpcTraffic) {
      const answering = linkOf(contract.owner)
      await answering.connected()
      const subscription = answering.subscribe(contract.subject, {
        queue: contract.owner,
        onMessage: (message) => {
          const { id } = JSON.parse(message.string()) as { id: string }
          message.respond(JSON.stringify({ id, response: { ok: false, failure: { code: 'heard' } }, isDisposed: true }))
        },
      })
      await answering.connection?.flush()
      for (const asker of askers) {
        const link = linkOf(asker)
        await link.connected()
        // The shape of the question is not what this is about.
        const result = await new RpcClient(link, log).ask(contract as typeof findIdentityProvider, {} as never)
        expect({ subject: contract.subject, asker, result }).toEqual({
          subject: contract.subject,
          asker,
          result: { ok: false, failure: { code: 'heard' } },
        })
      }
      subscription.unsubscribe()
    }
    expect(log.text).not.toMatch(/[Pp]ermission/)
  })

  function rosterOf(link: NatsLink): ReplicaRoster {
    const roster = new ReplicaRoster({ link })
    endings.push(() => {
      roster.stop()
    })
    return roster
  }
})
