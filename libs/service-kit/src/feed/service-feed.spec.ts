import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findOrganization, type RpcResult, type ServiceName } from '@cambio/contracts'
import { AnswersRpc, FeedOwners } from '@cambio/messaging'
import { anOrganization, eventually, feedEntry, freePort, httpRequest, IDS, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { Controller, type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { type OrganizationRef } from '../admin-guard/admin-caller.js'
import { parseConfiguration } from '../configuration/parse-configuration.js'
import { createLog } from '../logging/logger.js'
import { requestContext } from '../logging/request-context.js'
import { anAdminToken, ISSUER } from '../testing/admin-tokens.js'
import { SampleHttpController, startSample } from '../testing/sample-service.js'
import { AdminTrust } from '../admin-guard/admin-trust.js'
import { adminTrustOf } from './feed-admin-trust.js'
import { ServiceFeed } from './service-feed.js'

const silent = createLog({ service: 'test', level: 'error', write: () => undefined })

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cambio-service-feed-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

async function openFeed(service: ServiceName, natsUrl: string, dataDirectory = aDirectory()): Promise<ServiceFeed> {
  const key = 'ab'.repeat(32)
  const env = {
    NATS_URL: natsUrl,
    CAMBIO_DATA_DIR: dataDirectory,
    CAMBIO_SNAPSHOT_KEY: key,
    CAMBIO_PEPPER: key,
    CAMBIO_KEY_ENCRYPTION_KEY: key,
  }
  const reading = parseConfiguration(service, env)
  if (!reading.ok) throw new TypeError('the configuration of the test is malformed')
  const feed = await ServiceFeed.open({ service, configuration: reading.configuration, log: silent })
  onTestFinished(() => feed.stop())
  return feed
}

class Organizations {
  @AnswersRpc(findOrganization)
  find({ handle }: { handle: string }): RpcResult<OrganizationRef & { name: string }> {
    if (handle !== 'fresh') return { ok: false, failure: { code: 'not_found' } }
    return { ok: true, value: { id: IDS.organization, handle, name: 'Fresh' } }
  }
}
Controller()(Organizations)

class TestModule {}
Module({})(TestModule)
const moduleOf = (parts: Omit<DynamicModule, 'module'>): DynamicModule => ({ module: TestModule, ...parts })

describe('the feed of a service', () => {
  let nats: TestNatsServer
  beforeAll(async () => {
    nats = await startNatsServer()
  })
  afterAll(async () => {
    await nats.stop()
  })

  it('lets the service start without NATS and says what is missing', async () => {
    const feed = await openFeed('idp-registry', `nats://127.0.0.1:${await freePort()}`)
    const trust = adminTrustOf(feed, ISSUER)
    const service = await startSample({
      feed,
      module: moduleOf({ controllers: [SampleHttpController], providers: [{ provide: AdminTrust, useValue: trust }] }),
    })
    onTestFinished(() => service.stop())
    const ready = await httpRequest(`${service.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(ready.json()).toEqual({
      status: 'not_ready',
      missing: [
        'no connection to NATS, and no admin-clients on disk',
        'no connection to NATS, and no organizations on disk',
        'no connection to NATS, and no signing-keys on disk',
      ],
    })
    expect((await httpRequest(`${service.url}/v1/callers/me`, { bearer: anAdminToken() })).json()).toMatchObject({
      status: 503,
      code: 'unavailable',
    })
    expect((await httpRequest(`${service.url}/healthz`)).status).toBe(200)
    const metrics = await httpRequest(`${service.url}/metrics`)
    expect(metrics.text).toContain('cambio_nats_connected{service="idp-registry"} 0')
    expect(metrics.text).toContain('cambio_replica_ready{kind="organizations",service="idp-registry"} 0')
  })

  it('connects in the background and names the owner that has not published', async () => {
    const feed = await openFeed('idp-registry', nats.url)
    feed.follow('organizations')
    const service = await startSample({ feed })
    onTestFinished(() => service.stop())
    await eventually(async () => {
      const ready = await httpRequest(`${service.url}/readyz`)
      expect(ready.json()).toEqual({ status: 'not_ready', missing: ['applications has not made cambio-organizations'] })
      expect((await httpRequest(`${service.url}/metrics`)).text).toContain('cambio_nats_connected{service="idp-registry"} 1')
    })
  })

  it('keeps one replica of a kind for all who follow it, told in their order', async () => {
    const feed = await openFeed('token-service', nats.url)
    const told: string[] = []
    const telling = (name: string) => ({ apply: ({ rev }: { rev: number }) => void told.push(`${name} ${rev}`) })
    const replica = feed.follow('organizations', telling('first'))
    expect(feed.follow('organizations', telling('second'), telling('third'))).toBe(replica)
    replica.offer(feedEntry('organizations', anOrganization(), { rev: 4 }))
    expect(told).toEqual(['first 4', 'second 4', 'third 4'])
    feed.start()
    expect(() => feed.follow('apis')).toThrow(new TypeError('kinds are named before the service starts'))
  })

  it('starts from what lay on the disk', async () => {
    const directory = aDirectory()
    const first = await openFeed('idp-registry', nats.url, directory)
    const replica = first.follow('organizations')
    first.start()
    replica.offer(feedEntry('organizations', anOrganization()))
    await first.stop()
    const second = await openFeed('idp-registry', `nats://127.0.0.1:${await freePort()}`, directory)
    const trust = adminTrustOf(second, ISSUER)
    second.start()
    await eventually(() => {
      expect(trust.organizationOfId(IDS.organization)).toEqual({ id: IDS.organization, handle: 't1' })
    })
  })

  it('answers questions, and asks for an organization that has not arrived', async () => {
    const owner = await startSample({ feed: await openFeed('applications', nats.url), module: moduleOf({ controllers: [Organizations] }) })
    onTestFinished(() => owner.stop())
    const trust = adminTrustOf(await openFeed('idp-registry', nats.url), ISSUER)
    await eventually(async () => {
      expect(await trust.organization('fresh')).toEqual({ ok: true, value: { id: IDS.organization, handle: 'fresh', name: 'Fresh' } })
    })
    expect(await trust.organization('stale')).toEqual({ ok: false, failure: { code: 'not_found' } })
    await owner.stop()
    expect(await trust.organization('fresh')).toMatchObject({ ok: false, failure: { code: 'unavailable' } })
  })

  it('hands the trace of a request on to whoever it asks, whose log lines then carry it', async () => {
    const lines: string[] = []
    const log = createLog({ service: 'applications', level: 'info', write: (line) => lines.push(line) })
    class Traced {
      find(): RpcResult<OrganizationRef & { name: string }> {
        log.info({}, 'asked')
        return { ok: false, failure: { code: 'not_found' } }
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Traced.prototype, 'find') as TypedPropertyDescriptor<Traced['find']>
    AnswersRpc(findOrganization)(Traced.prototype, 'find', descriptor)
    Object.defineProperty(Traced.prototype, 'find', descriptor)
    Controller()(Traced)
    const owner = await startSample({ feed: await openFeed('applications', nats.url), module: moduleOf({ controllers: [Traced] }) })
    onTestFinished(() => owner.stop())
    const { rpc } = await openFeed('idp-registry', nats.url)
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const ask = async () => rpc.ask(findOrganization, { handle: 'any' })
    await eventually(async () => {
      expect(await requestContext.run({ requestId: 'req_asker', traceparent }, ask)).toMatchObject({ failure: { code: 'not_found' } })
    })
    await ask()
    const told = lines.map((line) => JSON.parse(line) as { traceId?: string; requestId: string })
    expect(told.map(({ traceId }) => traceId)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', undefined])
    expect(told[0]?.requestId).toMatch(/^req_/)
    expect(told[0]?.requestId).not.toBe('req_asker')
  })

  it('follows no kind that NATS would not let it read', async () => {
    const feed = await openFeed('idp-registry', nats.url)
    expect(() => feed.follow('applications')).toThrow(new TypeError('idp-registry may not follow applications: see `followedKinds`'))
  })

  it('offers its owned kinds to a controller that confirms entries', async () => {
    const feed = await openFeed('applications', nats.url)
    expect(feed.owners).toBeInstanceOf(FeedOwners)
    expect(feed.owners).toBe(feed.owners)
    expect(feed.owners.status()).toEqual([])
  })

  it('is closed after the servers and before the parts of the service', async () => {
    const feed = await openFeed('applications', nats.url)
    const seen: string[] = []
    class Part implements OnApplicationShutdown {
      onApplicationShutdown(): void {
        seen.push(feed.link.state.status)
      }
    }
    const service = await startSample({ feed, module: moduleOf({ providers: [{ provide: Part, useValue: new Part() }] }) })
    await feed.link.connected()
    await service.stop()
    expect(seen).toEqual(['closed'])
  })
})
