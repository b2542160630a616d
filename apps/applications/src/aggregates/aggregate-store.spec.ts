import { ok, openSqliteStore, type Store } from '@cambio/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { AggregateStore } from './aggregate-store.js'

interface Counter {
  readonly name: string
  readonly count: number
  readonly padding?: string
}

const org = 'org_1'
const counted = ({ value }: { readonly value: Counter }) => ok({ ...value, count: value.count + 1 })

describe('the store of one kind of aggregate', () => {
  let store: Store
  let counters: AggregateStore<Counter>
  let settled: string[]

  beforeEach(async () => {
    settled = []
    store = await openSqliteStore({ file: ':memory:' })
    counters = new AggregateStore<Counter>({
      noun: 'counter',
      collection: store.collection<Counter>({
        name: 'counters',
        schemaVersion: 1,
        parse: (value) => value as Counter,
        uniqueKeys: ({ value }) => [`name:${value.name}`],
        lookups: () => ['all'],
      }),
      settle: async (_org, id, rev) => {
        settled.push(`${id} ${rev}`)
      },
      taken: (key) => ({ code: 'name_exists', detail: key }),
    })
  })

  afterEach(async () => {
    await store.close()
  })

  it('loses no change of writers that compete', async () => {
    await counters.insert(org, 'a', { name: 'a', count: 0 })
    const changes = await Promise.all([1, 2, 3, 4, 5].map(async () => counters.edit(org, 'a', 'any', counted)))
    expect(changes.every((change) => change.ok)).toBe(true)
    expect(await counters.get(org, 'a')).toMatchObject({ ok: true, value: { rev: 6, value: { count: 5 } } })
  })

  it('lets one of those win that name the same revision', async () => {
    await counters.insert(org, 'a', { name: 'a', count: 0 })
    const changes = await Promise.all([1, 2, 3].map(async () => counters.edit(org, 'a', { revisions: [1] }, counted)))
    expect(changes.map((change) => (change.ok ? 'written' : change.error.code)).sort()).toEqual([
      'stale_revision',
      'stale_revision',
      'written',
    ])
  })

  it('tells when each write is on the feed, the removal included', async () => {
    await counters.insert(org, 'a', { name: 'a', count: 0 })
    await counters.edit(org, 'a', 'any', counted)
    await counters.remove(org, 'a', 'any')
    expect(settled).toEqual(['a 1', 'a 2', 'a 3'])
  })

  it('says what a taken key means, at creation and at a change', async () => {
    await counters.insert(org, 'a', { name: 'a', count: 0 })
    await counters.insert(org, 'b', { name: 'b', count: 0 })
    const taken = { ok: false, error: { code: 'name_exists', detail: 'name:a' } }
    expect(await counters.insert(org, 'c', { name: 'a', count: 0 })).toEqual(taken)
    expect(await counters.edit(org, 'b', 'any', ({ value }) => ok({ ...value, name: 'a' }))).toEqual(taken)
  })

  it('acknowledges nothing that is too large to be published', async () => {
    const tooLarge = {
      ok: false,
      error: {
        code: 'invalid_content',
        errors: [{ pointer: '', detail: 'makes this counter larger than one message of the feed may be' }],
      },
    }
    const padding = 'x'.repeat(524_288)
    expect(await counters.insert(org, 'a', { name: 'a', count: 0, padding })).toEqual(tooLarge)
    await counters.insert(org, 'b', { name: 'b', count: 0 })
    expect(await counters.edit(org, 'b', 'any', ({ value }) => ok({ ...value, padding }))).toEqual(tooLarge)
    expect(await counters.get(org, 'b')).toMatchObject({ ok: true, value: { rev: 1 } })
  })

  it('finds nothing of another organization, and removes nothing of it', async () => {
    await counters.insert(org, 'a', { name: 'a', count: 0 })
    const notFound = { ok: false, error: { code: 'not_found', detail: 'There is no such counter.' } }
    expect(await counters.get('org_2', 'a')).toEqual(notFound)
    expect(await counters.getByKey('org_2', 'name:a')).toEqual(notFound)
    expect(await counters.edit('org_2', 'a', 'any', counted)).toEqual(notFound)
    expect(await counters.remove('org_2', 'a', 'any')).toEqual(notFound)
    expect(await counters.get(org, 'a')).toMatchObject({ ok: true, value: { rev: 1 } })
  })

  it('goes through all documents with one lookup', async () => {
    for (let index = 0; index < 120; index += 1) await counters.insert(org, `c${index}`, { name: `n${index}`, count: index })
    const seen: number[] = []
    for await (const { value } of counters.withLookup(org, 'all')) seen.push(value.count)
    expect(seen.sort((one, other) => one - other)).toEqual(Array.from({ length: 120 }, (_, index) => index))
  })
})
