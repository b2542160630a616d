import { isDeepStrictEqual } from 'node:util'
import { feedKey, type FeedKind, readFeedEntry } from '@cambio/contracts'
import { feedDigest } from '@cambio/messaging'

import { type Journal, JOURNALED_KINDS, type JournaledKind } from '../load/journal.js'
import { type Evidence, type Finding, PUBLISHED_KINDS, type PublishedKind, type PublishedState, type StoredState } from './evidence.js'
import { judgeAggregate } from './judge-aggregate.js'
import { journalNameOf } from './parts.js'

/** What the first start makes without being asked. */
const MADE_BY_THE_FIRST_START: Readonly<Partial<Record<JournaledKind, string>>> = {
  organizations: 'default',
  'admin-clients': 'Platform administrator',
}

/** The database is the truth: what was acknowledged is in it, and nothing is that nobody asked for. */
export function judgeDatabases(journal: Journal, { databases }: Pick<Evidence, 'databases'>): Finding[] {
  const gone = new Set(
    ['identity-providers', 'apis'].flatMap((kind) => databases[kind as PublishedKind].filter((each) => each.deleted).map(({ id }) => id)),
  )
  const findings = JOURNALED_KINDS.flatMap((kind) => judgeKind(journal, kind, databases[kind], gone))
  return [...findings, ...duplicates(databases), ...followers(databases)]
}

function judgeKind(journal: Journal, kind: JournaledKind, stored: readonly StoredState[], gone: ReadonlySet<string>): Finding[] {
  const aggregates = journal.aggregates().filter((aggregate) => aggregate.kind === kind)
  const byId = new Map(stored.map((state) => [state.id, state]))
  const byName = new Map(
    stored.filter(({ deleted }) => !deleted).map((state) => [`${state.org} ${journalNameOf(kind, state.value)}`, state]),
  )
  const explained = new Set<string>()
  const findings: Finding[] = []
  for (const aggregate of aggregates) {
    // One whose creation was not answered has no id in the journal, and its name alone tells it.
    const found = aggregate.id === undefined ? byName.get(`${aggregate.org} ${aggregate.name}`) : byId.get(aggregate.id)
    if (found !== undefined) explained.add(found.id)
    const wasTried = aggregate.writes.some(({ outcome }) => outcome !== 'refused')
    if (found !== undefined && !wasTried)
      findings.push({ code: 'invented aggregate', detail: `${kind} ${aggregate.name}: refused, and there` })
    else findings.push(...judgeAggregate(aggregate, found, { gone }))
  }
  for (const state of stored) {
    if (explained.has(state.id)) continue
    if (state.deleted) {
      // Made and removed without an answer to either.
      findings.push({ code: 'invented aggregate', detail: `${kind} ${state.id}: a tombstone of what nobody made` })
    } else if (journalNameOf(kind, state.value) !== MADE_BY_THE_FIRST_START[kind]) {
      findings.push({
        code: 'invented aggregate',
        detail: `${kind} ${journalNameOf(kind, state.value)} (${state.id}): nobody asked for it`,
      })
    }
  }
  return findings
}

/** What follows from others: a key set of each identity provider, and one signing key. */
function followers(databases: Evidence['databases']): Finding[] {
  const findings: Finding[] = []
  const keySets = new Map(databases['key-sets'].map((state) => [state.id, state]))
  for (const { id, deleted } of databases['identity-providers']) {
    if (!deleted && keySets.get(id)?.deleted !== false)
      findings.push({ code: 'lost aggregate', detail: `key-sets ${id}: its identity provider has none` })
  }
  const live = (kind: PublishedKind, isTheOne: (state: StoredState) => boolean): number =>
    databases[kind].filter((state) => !state.deleted && isTheOne(state)).length
  const firsts = {
    'signing-keys': live('signing-keys', () => true),
    'organizations default': live('organizations', (state) => journalNameOf('organizations', state.value) === 'default'),
    'admin-clients cambio-admin': live('admin-clients', ({ value }) => (value as { clientId?: unknown }).clientId === 'cambio-admin'),
  }
  for (const [what, number] of Object.entries(firsts)) {
    if (number !== 1)
      findings.push({ code: number === 0 ? 'lost aggregate' : 'duplicate key', detail: `${what}: the first start made ${number}` })
  }
  return findings
}

/** Keys that only one live document may have, computed from the documents and not from the store's own index. */
function duplicates(databases: Evidence['databases']): Finding[] {
  const seen = new Map<string, string>()
  const findings: Finding[] = []
  for (const kind of PUBLISHED_KINDS) {
    for (const { org, id, deleted, value } of databases[kind]) {
      for (const key of deleted ? [] : uniqueKeys(kind, org, value as Readonly<Record<string, unknown>>)) {
        const other = seen.get(key)
        if (other !== undefined) findings.push({ code: 'duplicate key', detail: `${key} is held by ${other} and ${id}` })
        seen.set(key, id)
      }
    }
  }
  return findings
}

function uniqueKeys(kind: PublishedKind, org: string, value: Readonly<Record<string, unknown>>): string[] {
  const list = (member: string): readonly Readonly<Record<string, unknown>>[] => value[member] as readonly Record<string, unknown>[]
  switch (kind) {
    case 'organizations':
      return [`organization ${String(value['handle'])}`]
    case 'admin-clients':
      return [`client id ${String(value['clientId'])}`]
    case 'identity-providers':
      return [`issuer ${org} ${String(value['issuer'])}`, `provider ${org} ${String(value['name'])}`]
    case 'apis':
      return [`API ${org} ${String(value['handle'])}`, `context ${org} ${String(value['context'])} ${String(value['version'])}`]
    case 'applications':
      return [
        `application ${org} ${String(value['name'])}`,
        ...list('credentials').map(({ clientId }) => `client id ${String(clientId)}`),
        ...list('bindings').map(({ identityProvider, clientId }) => `binding ${String(identityProvider)} ${String(clientId)}`),
      ]
    default:
      return []
  }
}

/** The buckets hold exactly what the databases do. */
export function judgeBuckets({ databases, buckets }: Pick<Evidence, 'databases' | 'buckets'>): Finding[] {
  return PUBLISHED_KINDS.flatMap((kind) => {
    const left = new Map(buckets[kind])
    const findings: Finding[] = []
    for (const state of databases[kind]) {
      const key = feedKey(state.org, state.id)
      const difference = differenceOf(kind, state, left.get(key))
      left.delete(key)
      if (difference !== undefined) findings.push({ code: 'bucket differs from database', detail: `${kind} ${key}: ${difference}` })
    }
    for (const key of left.keys()) {
      findings.push({ code: 'bucket differs from database', detail: `${kind} ${key}: in the bucket, and not in the database` })
    }
    return findings
  })
}

function differenceOf(kind: FeedKind, state: StoredState, published: PublishedState | undefined): string | undefined {
  if (published === undefined) return 'in the database, and not in the bucket'
  if (!published.reading.ok) return `unreadable in the bucket (${published.reading.refusal.code})`
  const { entry } = published.reading
  if (entry.rev !== state.rev) return `revision ${state.rev} in the database, ${entry.rev} in the bucket`
  if (state.deleted) return entry.deleted === true ? undefined : 'a tombstone in the database, alive in the bucket'
  const { org, id, rev } = state
  const expected = readFeedEntry(kind, { v: entry.v, id, org, rev, value: publicValue(kind, state.value, entry.value) })
  return expected.ok && isDeepStrictEqual(expected.entry, entry) ? undefined : 'another value in the bucket than in the database'
}

/** An identity provider is published with its type's claim names filled in where the administrator gave none. */
function publicValue(kind: FeedKind, stored: unknown, published: unknown): unknown {
  if (kind !== 'identity-providers') return stored
  const [own, shown] = [stored, published] as [{ claims: object }, { claims: object } | null]
  return { ...own, claims: { ...shown?.claims, ...own.claims } }
}

/** Every replica of every service that follows a kind holds exactly what the bucket does. */
export function judgeReplicas({ buckets, digests }: Pick<Evidence, 'buckets' | 'digests'>, replicas: number): Finding[] {
  return PUBLISHED_KINDS.flatMap((kind) => {
    const digest = bucketDigest(kind, buckets[kind].values())
    const findings: Finding[] = []
    for (const service of servicesFollowing(kind)) {
      const answers = digests[kind].filter((answer) => answer.service === service)
      if (answers.length !== replicas) {
        findings.push({
          code: 'replica does not answer',
          detail: `${kind}: ${answers.length} of ${replicas} replicas of ${service} answer`,
        })
      }
      for (const { replica, entries, digest: held } of answers) {
        if (held === digest) continue
        const detail = `${kind}: ${service} ${replica} holds ${entries} entries with another digest than the ${buckets[kind].size} of the bucket`
        findings.push({ code: 'replica differs from bucket', detail })
      }
    }
    return findings
  })
}

/** Every replica has applied the revision that the database has, asked one aggregate at a time. */
export function judgeApplied({ databases, applied }: Pick<Evidence, 'databases' | 'applied'>): Finding[] {
  const revisions = new Map(PUBLISHED_KINDS.flatMap((kind) => databases[kind].map((state) => [`${kind} ${state.id}`, state.rev] as const)))
  return applied.flatMap(({ kind, id, service, replica, rev }): Finding[] => {
    const expected = revisions.get(`${kind} ${id}`) ?? 0
    if (rev === expected) return []
    return [
      { code: 'replica differs from bucket', detail: `${kind} ${id}: revision ${expected}, and ${service} ${replica} has applied ${rev}` },
    ]
  })
}

/** Each replica's REST API lists what the database holds. */
export function judgeRest({ databases, listed }: Pick<Evidence, 'databases' | 'listed'>): Finding[] {
  const findings: Finding[] = []
  const lists = Map.groupBy(listed, ({ kind, replica }) => `${kind} ${replica}`)
  for (const items of lists.values()) {
    const [first] = items
    if (first === undefined) continue
    const shown = new Map(items.map(({ id, rev }) => [id, rev]))
    for (const { id, rev, deleted, org } of databases[first.kind]) {
      const isListed = !deleted && (org !== 'platform' || first.kind === 'organizations')
      if (isListed && shown.get(id) !== rev) {
        const detail = `${first.kind} ${id}: revision ${rev} in the database, and ${first.replica} shows ${String(shown.get(id) ?? 'nothing')}`
        findings.push({ code: 'REST differs from database', detail })
      }
      shown.delete(id)
    }
    for (const id of shown.keys())
      findings.push({ code: 'REST differs from database', detail: `${first.kind} ${id}: shown by ${first.replica} alone` })
  }
  return findings
}

/** The digest that a replica has which holds what can be read in a bucket. */
function bucketDigest(kind: FeedKind, states: Iterable<PublishedState>): string {
  return feedDigest<FeedKind>(
    kind,
    [...states].flatMap(({ reading }) => (reading.ok ? [reading.entry] : [])),
  )
}

/** The services whose replicas hold a kind; the gateway is not a part of this version. */
function servicesFollowing(kind: FeedKind): string[] {
  const everywhere: readonly FeedKind[] = ['signing-keys', 'admin-clients', 'organizations']
  if (everywhere.includes(kind)) return ['applications', 'idp-registry', 'token-service']
  return kind === 'identity-providers' ? ['applications', 'token-service'] : ['token-service']
}
