import { describe, expect, it } from 'vitest'

import { Journal, type JournaledAggregate, type Touch, type Write } from '../load/journal.js'
import { type StoredState } from './evidence.js'
import { judgeAggregate } from './judge-aggregate.js'

const DESCRIPTION = 'description'
const touch = (value: string | null | undefined, part = DESCRIPTION): Touch => ({ part, value })

/** Writes follow each other in time unless `atMs` says otherwise. */
function aggregate(...writes: (Partial<Write> & { readonly atMs?: number })[]): JournaledAggregate {
  const journal = new Journal()
  const made = journal.aggregate('applications', 'org_1', 'app')
  made.id = 'app_1'
  for (const [index, { atMs = index * 100, ...write }] of writes.entries()) {
    const times = { startedMs: atMs, finishedMs: atMs + 50 }
    journal.add(made, { operation: 'patch', outcome: 'acknowledged', touches: [], said: '200', ...times, ...write })
  }
  return made
}

const created = { operation: 'create', rev: 1, touches: [touch('first')] }

function stored(rev: number, description: string, more: object = {}): StoredState {
  const value = { name: 'app', description, credentials: [], bindings: [], subscriptions: [], ...more }
  return { org: 'org_1', id: 'app_1', rev, deleted: false, value }
}

const tombstone: StoredState = { org: 'org_1', id: 'app_1', rev: 2, deleted: true, value: undefined }

const codes = (asked: JournaledAggregate, state: StoredState | undefined, gone: readonly string[] = []): string[] =>
  judgeAggregate(asked, state, { gone: new Set(gone) }).map(({ code }) => code)

describe('what an aggregate may look like after what was asked of it', () => {
  it('is what was acknowledged last', () => {
    const asked = aggregate(created, { rev: 2, touches: [touch('second')] })
    expect(codes(asked, stored(2, 'second'))).toEqual([])
    expect(codes(asked, stored(2, 'first'))).toEqual(['lost write'])
    expect(codes(asked, stored(2, 'nobody’s'))).toEqual(['lost write'])
  })

  it('follows the revisions and not the times of answers that overlapped', () => {
    const asked = aggregate(created, { atMs: 100, rev: 3, touches: [touch('later')] }, { atMs: 110, rev: 2, touches: [touch('earlier')] })
    expect(codes(asked, stored(3, 'later'))).toEqual([])
    expect(codes(asked, stored(3, 'earlier'))).toEqual(['lost write'])
  })

  it('has or has not what was not answered, as long as there is a revision for it', () => {
    const asked = aggregate(created, { outcome: 'unknown', touches: [touch('unanswered')] })
    expect(codes(asked, stored(1, 'first'))).toEqual([])
    expect(codes(asked, stored(2, 'unanswered'))).toEqual([])
    expect(codes(asked, stored(1, 'unanswered'))).toEqual(['lost write'])
  })

  it('is not what was unanswered when something was acknowledged on top of it', () => {
    const asked = aggregate(created, { outcome: 'unknown', touches: [touch('unanswered')] }, { rev: 3, touches: [touch('third')] })
    expect(codes(asked, stored(3, 'third'))).toEqual([])
    expect(codes(asked, stored(3, 'unanswered'))).toEqual(['lost write'])
    const late = aggregate(created, { outcome: 'unknown', touches: [touch('unanswered')] }, { rev: 2, touches: [touch('second')] })
    expect(codes(late, stored(3, 'unanswered'))).toEqual([]) // the frozen process did it later
  })

  it('has nothing of what was refused', () => {
    const asked = aggregate(created, { outcome: 'refused', touches: [touch('refused')] })
    expect(codes(asked, stored(1, 'first'))).toEqual([])
    expect(codes(asked, stored(1, 'refused'))).toEqual(['lost write'])
  })

  it('has parts that somebody asked for, and no others', () => {
    const binding = { identityProvider: 'idp_1', clientId: 'c', environment: 'production' }
    const bound = stored(2, 'first', { bindings: [binding] })
    expect(codes(aggregate({ ...created, rev: 2 }), bound)).toContain('invented state')
    const asked = aggregate(created, { operation: 'bind', rev: 2, touches: [touch('production', 'binding/idp_1/c')] })
    expect(codes(asked, bound)).toEqual([])
    expect(codes(asked, stored(2, 'first'))).toEqual(['lost write'])
    expect(codes(asked, stored(3, 'first'), ['idp_1'])).toEqual([]) // its provider is gone, and the owner took it out
  })

  it('has no part that was taken away, and may have whatever part was not answered', () => {
    const key = { environment: 'production', clientId: 'cid', accessTokenLifetimeSeconds: 900, secrets: [{ id: 'sec_1' }] }
    const withKeys = stored(2, 'first', { credentials: [key] })
    const unanswered = { operation: 'generate keys', outcome: 'unknown', touches: [touch(undefined, 'keys/production/*')] } as const
    expect(codes(aggregate(created, unanswered), withKeys)).toEqual([])
    expect(codes(aggregate(created, unanswered), stored(1, 'first'))).toEqual([])
    const generated = [
      touch('cid', 'keys/production/client'),
      touch('900', 'keys/production/lifetime'),
      touch('kept', 'keys/production/secret/sec_1'),
    ]
    const asked = aggregate(
      created,
      { operation: 'generate keys', rev: 2, touches: generated },
      { operation: 'delete keys', touches: [touch(null, 'keys/production/*')] },
    )
    expect(codes(asked, stored(3, 'first'))).toEqual([])
    expect(codes(asked, withKeys)).toContain('invented state')
  })

  it('is there when its creation was acknowledged, until its removal was asked for', () => {
    expect(codes(aggregate(created), undefined)).toEqual(['lost aggregate'])
    expect(codes(aggregate(created), tombstone)).toEqual(['lost aggregate'])
    expect(codes(aggregate({ ...created, outcome: 'unknown' }), undefined)).toEqual([])
    const removed = aggregate(created, { operation: 'delete' })
    expect(codes(removed, tombstone)).toEqual([])
    expect(codes(removed, stored(1, 'first'))).toEqual(['lost write'])
    expect(codes(aggregate(created, { operation: 'delete', outcome: 'unknown' }), tombstone)).toEqual([])
  })

  it('has not lost a revision, and none was told to two writers', () => {
    expect(codes(aggregate(created, { rev: 5, touches: [touch('first')] }), stored(3, 'first'))).toContain('lost write')
    const twice = aggregate(created, { rev: 2, touches: [touch('a')] }, { rev: 2, touches: [touch('b')] })
    expect(codes(twice, stored(2, 'b'))).toContain('lost write')
  })

  it('has no revisions that nobody made', () => {
    expect(codes(aggregate(created), stored(2, 'first'))).toEqual(['invented state'])
    expect(codes(aggregate(created, { operation: 'unbind' }), stored(2, 'first'))).toEqual([]) // its answer names none
  })
})
