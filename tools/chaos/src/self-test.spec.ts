// Whether the verification can fail: a real stack of two replicas each converges, and then something is done behind
// its back. Each time the verification has to name it.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { feedBucket, FEED_VERSION } from '@cambio/contracts'
import { findNatsServer, workspaceRoot } from '@cambio/local-stack'
import { openSqliteStore } from '@cambio/store'
import { eventually } from '@cambio/testing'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ChaosWorld } from './chaos-world.js'
import { RefusedChanges } from './endurance/refused-changes.js'
import { SignWatch } from './endurance/sign-watch.js'
import { runTrial, type Trial } from './endurance/trial.js'
import { storageFull } from './endurance/trials.js'
import { type Witness } from './endurance/witness.js'
import { type FaultKind } from './faults/fault.js'
import { FaultRunner } from './faults/fault-runner.js'
import { AdminLoad, ALWAYS_POSSIBLE, type Weights } from './load/admin-load.js'
import { ExchangeLoad } from './load/exchange-load.js'
import { Journal } from './load/journal.js'
import { type Evidence, type Finding } from './verification/evidence.js'
import { findSecrets } from './verification/find-secrets.js'
import { judgeApplied, judgeBuckets, judgeDatabases, judgeReplicas, judgeRest } from './verification/judge-evidence.js'
import { readBuckets } from './verification/read-buckets.js'
import { readDatabases } from './verification/read-databases.js'

const CHANGES = 40

let world: ChaosWorld
let evidence: Evidence

const detailsOf = (findings: readonly Finding[]): string[] => findings.map(({ code, detail }) => `${code}: ${detail}`)

/** The stable application, which the load leaves alone. */
const stable = () => evidence.databases.applications.find(({ value }) => (value as { name?: string } | undefined)?.name === 'stable-1')!

beforeAll(async () => {
  const found = await findNatsServer({ env: process.env, cacheDir: join(workspaceRoot(), '.cache'), log: () => undefined })
  if (!found.ok) throw new Error(found.problem)
  world = await ChaosWorld.start({ seed: 'self-test', topology: 'single', binary: process.env['TEST_NATS_SERVER'] ?? found.binary })
  const load = new AdminLoad(world.random.derive('changes'), world.sender, world.journal, world.prepared.organizations)
  for (let change = 0; change < CHANGES; change += 1) await load.step()
  expect(await world.verifier.converged()).toBeDefined()
  evidence = await world.verifier.evidence()
}, 120_000)

afterAll(() => world.stop(), 60_000)

async function bucketOf(kind: 'applications' | 'apis') {
  return new Kvm(jetstream(world.verifier.connection)).open(feedBucket(kind))
}

describe('the verification', () => {
  it('finds nothing where nothing is wrong, and has looked at everything', () => {
    expect(detailsOf(world.verifier.judge(evidence))).toEqual([])
    expect(world.journal.counts.acknowledged).toBeGreaterThan(CHANGES / 2)
    expect(evidence.applied.length).toBeGreaterThan(20)
    expect(new Set(evidence.listed.map(({ replica }) => replica)).size).toBe(4)
    expect(new Set(evidence.digests.applications.map(({ replica }) => replica)).size).toBe(2)
    const everywhere = new Set(evidence.digests['signing-keys'].map(({ service, replica }) => `${service} ${replica}`))
    expect(everywhere.size).toBe(6)
  })

  it('names an acknowledged write that is in no database', () => {
    const journal = new Journal()
    const invented = { startedMs: 0, finishedMs: 1, said: '200', outcome: 'acknowledged' } as const
    const known = journal.aggregate('applications', stable().org, 'stable-1')
    known.id = stable().id
    journal.add(known, { ...invented, operation: 'create', rev: 1, touches: [] })
    journal.add(known, { ...invented, operation: 'patch', rev: 99, touches: [{ part: 'description', value: 'never sent' }] })
    const never = journal.aggregate('apis', stable().org, 'never-made')
    never.id = 'api_none'
    journal.add(never, { ...invented, operation: 'create', rev: 1, touches: [] })
    const details = detailsOf(judgeDatabases(journal, evidence))
    expect(details).toContain('lost write: applications stable-1: description is left alone, and was to be never sent')
    expect(details).toContain('lost aggregate: apis never-made: created, and not in the database')
  })

  it('names what is in a database and nobody asked for, a duplicate key and an identity provider without keys', async () => {
    const file = world.stack.databaseFile('applications')
    const raw = { name: 'applications', schemaVersion: 1, parse: (value: unknown) => value, uniqueKeys: () => [], lookups: () => [] }
    const store = await openSqliteStore({ file })
    try {
      const collection = store.collection(raw)
      const inserted = await collection.insert(stable().org, 'app_0000', stable().value)
      expect(inserted.ok).toBe(true)
      const details = detailsOf(judgeDatabases(world.journal, { databases: await readDatabases(world.stack) }))
      expect(details).toContainEqual(expect.stringMatching(/^invented aggregate: applications stable-1 \(app_0000\)/))
      expect(details).toContainEqual(expect.stringMatching(/^duplicate key: binding idp_\S+ stable-client-1 is held by /))
      await collection.remove(stable().org, 'app_0000', 1)
    } finally {
      await store.close()
    }
    const databases = { ...evidence.databases, 'key-sets': [] }
    expect(detailsOf(judgeDatabases(world.journal, { databases }))).toContainEqual(expect.stringMatching(/^lost aggregate: key-sets idp_/))
  })

  it('names an entry that was removed from a bucket and one that was forged, behind the owners’ back', async () => {
    for (const replica of world.stack.of('applications')) await replica.kill()
    try {
      const kv = await bucketOf('applications')
      const key = `${stable().org}.${stable().id}`
      const forged = { v: FEED_VERSION, org: 'org_forged', id: 'app_forged', rev: 1, value: stable().value }
      await kv.put('org_forged.app_forged', JSON.stringify(forged))
      const manager = await jetstreamManager(world.verifier.connection)
      await manager.streams.purge(`KV_${feedBucket('applications')}`, { filter: `$KV.${feedBucket('applications')}.${key}` })
      const api = evidence.databases.apis.find(({ deleted }) => !deleted)!
      const changed = { v: FEED_VERSION, org: api.org, id: api.id, rev: api.rev, value: { ...(api.value as object), name: 'forged' } }
      await (await bucketOf('apis')).put(`${api.org}.${api.id}`, JSON.stringify(changed))
      const buckets = await readBuckets(world.verifier.connection)
      const details = detailsOf(judgeBuckets({ databases: evidence.databases, buckets }))
      expect(details).toContain(`bucket differs from database: applications ${key}: in the database, and not in the bucket`)
      expect(details).toContain('bucket differs from database: applications org_forged.app_forged: in the bucket, and not in the database')
      expect(details).toContain(`bucket differs from database: apis ${api.org}.${api.id}: another value in the bucket than in the database`)
      expect(detailsOf(judgeReplicas({ buckets, digests: evidence.digests }, 2))).toContainEqual(
        expect.stringMatching(/^replica differs from bucket: applications: token-service /),
      )
    } finally {
      for (const replica of world.stack.of('applications')) {
        await replica.start()
        await replica.untilReady()
      }
    }
    // And the owners heal it when they start: the database is the truth.
    expect(await world.verifier.converged()).toBeDefined()
  }, 60_000)

  it('names a replica that does not answer, one that is behind, and one whose REST API shows something else', async () => {
    const [replica] = world.stack.of('token-service')
    replica!.pause()
    try {
      await delay(50)
      const later = { buckets: await readBuckets(world.verifier.connection), digests: await world.verifier.digests() }
      expect(detailsOf(judgeReplicas(later, 2))).toContain('replica does not answer: applications: 1 of 2 replicas of token-service answer')
    } finally {
      replica!.resume()
      await replica!.untilReady()
    }
    const applied = evidence.applied.map((state, index) => (index === 0 ? { ...state, rev: state.rev + 1 } : state))
    expect(judgeApplied({ ...evidence, applied })).toHaveLength(1)
    expect(judgeRest({ ...evidence, listed: evidence.listed.slice(1) })).toHaveLength(1)
  }, 60_000)

  it('names a secret in a bucket or a log and does not show it', () => {
    const secret = 'cmb_0123456789abcdefghijklmnop'
    const published = new Map(evidence.buckets.apis)
    published.set('x', { key: 'x', text: JSON.stringify({ secret }), reading: { ok: false, refusal: { code: 'malformed', detail: '' } } })
    const find = (buckets: Evidence['buckets']) =>
      detailsOf(findSecrets({ buckets }, world.stack.directory.logs, [...world.administrator.secrets, secret]))
    expect(find(evidence.buckets)).toEqual([])
    const found = find({ ...evidence.buckets, apis: published })
    expect(found).toContainEqual(expect.stringMatching(/^secret found: secret \d+ \(plain\) in the bucket of apis$/))
    expect(found.join()).not.toContain(secret)
  })
})

describe('the load of exchanges', () => {
  it('counts a refused valid request as failed, unless the asked replica itself was disturbed', async () => {
    const [replica] = world.stack.of('token-service')
    const client = world.prepared.clients[0]!
    const load = new ExchangeLoad([replica!], [client], world.stack.disturbances, 10)
    await load.ask(replica!, client, 'token_exchange')
    await load.ask(replica!, { ...client, clientSecret: 'not the secret' }, 'client_credentials')
    await load.ask({ name: replica!.name, url: 'http://127.0.0.1:1' }, client, 'token_exchange')
    const end = world.stack.disturbances.begin(replica!.name, 'kill -9')
    await load.ask({ name: replica!.name, url: 'http://127.0.0.1:1' }, client, 'token_exchange')
    end()
    expect(await load.stop()).toEqual({
      asked: 4,
      granted: 1,
      failed: {
        'token-service-1 client_credentials: 401 invalid_client': 1,
        'token-service-1 token_exchange: nobody listened': 1,
      },
      excused: { 'kill -9': 1 },
    })
  })
})

describe('a fault', () => {
  const failures: string[] = []
  const run = async (fault: ConstructorParameters<typeof FaultRunner>[2][number]['fault']): Promise<FaultKind[]> => {
    const runner = new FaultRunner(world.stack, world.nats, [{ atChange: 0, fault }], {
      say: () => undefined,
      onFailure: (detail) => failures.push(detail),
    })
    await runner.before(0)
    await runner.over()
    return Object.keys(runner.counts) as FaultKind[]
  }
  const logOf = (name: string): string => readFileSync(join(world.stack.directory.logs, `${name}.log`), 'utf8')

  it('really ends a process, damages its replica file, and is not mistaken for one that ended by itself', async () => {
    const [, replica] = world.stack.of('token-service')
    const file = replica!.replicaFile()
    expect(file).toMatch(/replica(-2)?\.db$/)
    const starts = (): number => logOf(replica!.name).split('"listening"').length
    const before = starts()
    await run({ kind: 'replica file tampered with', service: 'token-service', replica: 1, how: 'overwritten' })
    expect(starts()).toBe(before + 1)
    expect(logOf(replica!.name)).toMatch(/replica file/)
    expect([world.stack.unexpectedEnds, failures]).toEqual([[], []])
  }, 60_000)

  it('really wipes the store of NATS, and everything is there again', async () => {
    const created = async (): Promise<string> => {
      const manager = await jetstreamManager(world.verifier.connection)
      return (await manager.streams.info(`KV_${feedBucket('applications')}`)).created
    }
    const before = await created()
    expect(await run({ kind: 'NATS store wiped', node: 0 })).toEqual(['NATS store wiped'])
    await eventually(
      async () => {
        expect(await created()).not.toBe(before)
      },
      { withinMs: 20_000 },
    )
    expect(await world.verifier.converged()).toBeDefined()
    // What the tests above put in is still there; of what was asked for nothing is lost.
    const findings = judgeDatabases(world.journal, await world.verifier.evidence())
    expect(detailsOf(findings.filter(({ code }) => code.startsWith('lost')))).toEqual([])
  }, 60_000)

  it('of which the process does not recover is told', async () => {
    const [replica] = world.stack.of('idp-registry')
    await replica!.kill()
    await run({ kind: 'replica file tampered with', service: 'idp-registry', replica: 0, how: 'deleted' })
    expect(failures).toEqual(['replica file tampered with: idp-registry-1 had no replica file open'])
    await replica!.start()
    expect(await replica!.untilReady()).toBeDefined()
  }, 60_000)
})

describe('a trial of endurance', () => {
  const tried = async (asked: Weights, trial: Pick<Trial, 'fault' | 'changes' | 'changesMs'>, ...witnesses: Witness[]) => {
    const load = new AdminLoad(world.random.derive('trial'), world.sender, world.journal, world.prepared.organizations, asked)
    const tools = { load, exchangePauseMs: 500, say: () => undefined, tokens: new Set<string>() }
    return runTrial(world, { ...trial, title: 'trial', cases: [], witnesses: () => Promise.resolve(witnesses) }, tools)
  }

  it('really leaves JetStream without room, of which the owners tell and which changes do not feel (EV-20)', async () => {
    const fault = { kind: 'NATS storage full', forMs: 6_000 } as const
    const result = await tried(ALWAYS_POSSIBLE, { fault, changes: 20, changesMs: 1_000 }, new SignWatch(world.stack, [storageFull]))
    expect(detailsOf(result.findings)).toEqual([])
    expect([result.acknowledged, result.measured.map(({ what }) => what)]).toEqual([20, ['told “storage_full”']])
  }, 60_000)

  it('names what nobody told, who was not ready, and changes that were refused or were not', async () => {
    const fault = { kind: 'NATS restarted', node: 0, times: 1, pauseMs: 0 } as const
    const witnesses = [new SignWatch(world.stack, [storageFull]), new RefusedChanges(world)]
    const [replica] = world.stack.of('idp-registry')
    const [{ findings }] = await Promise.all([
      tried({ createApplicationAgain: 1 }, { fault, changes: 20, changesMs: 0 }, ...witnesses),
      replica!.standingStill(() => delay(4_000)),
    ])
    const details = detailsOf(findings)
    for (const expected of [
      /^no alert: trial: .* storage_full: 0 of 1 replicas of applications told it/,
      /^not ready: trial: idp-registry-1: /,
      /^failed change: trial: create again of applications .*: 409 /,
      /^wrong answer: trial: DELETE \/v1\/orgs\/stable\/identity-providers\/idp_\w+: 409 idp_in_use in place of 503/,
    ]) {
      expect(details).toContainEqual(expect.stringMatching(expected))
    }
  }, 60_000)
})
