import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { REPLICA_ALERTS } from '@cambio/messaging'
import { freePort, httpRequest } from '@cambio/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseConfiguration } from '../configuration/parse-configuration.js'
import { createLog } from '../logging/logger.js'
import { type SampleService, startSample } from '../testing/sample-service.js'
import { feedAlerts } from './feed-alerts.js'
import { ServiceFeed } from './service-feed.js'

const docs = join(import.meta.dirname, '../../../../docs')
const read = (file: string): string => readFileSync(join(docs, file), 'utf8')
const named = (text: string): string[] => [...new Set(text.match(/\bcambio_[a-z_]+\b/g))]

describe('what operators are told of the feed', () => {
  let directory: string
  let service: SampleService
  let exposed: string[]
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cambio-operations-'))
    const key = 'ab'.repeat(32)
    const reading = parseConfiguration('idp-registry', {
      NATS_URL: `nats://127.0.0.1:${await freePort()}`,
      CAMBIO_DATA_DIR: directory,
      CAMBIO_SNAPSHOT_KEY: key,
      CAMBIO_PEPPER: key,
      CAMBIO_KEY_ENCRYPTION_KEY: key,
    })
    if (!reading.ok) throw new TypeError('the configuration of the test is malformed')
    const log = createLog({ service: 'test', level: 'error', write: () => undefined })
    const feed = await ServiceFeed.open({ service: 'idp-registry', configuration: reading.configuration, log })
    feed.follow('organizations')
    service = await startSample({ feed })
    const { text } = await httpRequest(`${service.url}/metrics`)
    exposed = [...text.matchAll(/^# TYPE (cambio_\S+) /gm)].map(([, name]) => String(name))
  })
  afterAll(async () => {
    await service.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  it.each(['alerts.yml', 'operations.md'])('%s names only metrics that a service has', (file) => {
    expect(named(read(file)).length).toBeGreaterThan(8)
    expect(named(read(file)).filter((name) => !exposed.includes(name))).toEqual([])
  })

  it('explains every metric of the feed, and every reason of an alert', () => {
    const ofTheFeed = exposed.filter((name) => /^cambio_(nats|feed|probe|replica|outbox|owner)_/.test(name))
    expect(ofTheFeed.length).toBeGreaterThan(20)
    expect(ofTheFeed.filter((name) => !named(read('operations.md')).includes(name))).toEqual([])
    const status = { kind: 'apis', oldestUnpublishedSeconds: 0, stuck: 0, reconciledAt: undefined } as Parameters<
      typeof feedAlerts
    >[1][number]
    const reasons = [...REPLICA_ALERTS, ...feedAlerts([], [status], 0).map(({ labels }) => labels.reason)]
    for (const reason of reasons) expect(read('operations.md')).toContain(`| \`${String(reason)}\` |`)
  })
})

describe('the alerts of an owner', () => {
  const status = {
    kind: 'apis',
    published: 0,
    conflicts: 0,
    healed: 0,
    forged: 0,
    putRight: 0,
    oldestUnpublishedSeconds: 0,
    stuck: 0,
  } as const
  const raised = (more: object, upSeconds = 10): unknown[] =>
    feedAlerts([], [{ ...status, problem: undefined, reconciledAt: undefined, lastReconciliation: undefined, ...more }], upSeconds)
      .filter(({ value }) => value === 1)
      .map(({ labels }) => labels.reason)

  it.each<[string, object, number, string[]]>([
    ['nothing is wrong', { reconciledAt: new Date() }, 1_000, []],
    ['it has just started', {}, 60, []],
    ['it never compared store and bucket', {}, 61, ['unreconciled']],
    ['it compared them long ago', { reconciledAt: new Date(Date.now() - 901_000) }, 1_000, ['unreconciled']],
    ['a change waits for a moment', { oldestUnpublishedSeconds: 30 }, 10, []],
    ['a change waits for long', { oldestUnpublishedSeconds: 31 }, 10, ['unpublished']],
    ['a change can never be published', { stuck: 1 }, 10, ['stuck']],
  ])('when %s', (_what, more, upSeconds, reasons) => {
    expect(raised(more, upSeconds)).toEqual(reasons)
  })
})
