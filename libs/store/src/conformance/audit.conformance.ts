import { describe, expect, it } from 'vitest'

import { type AuditBatch, type AuditEntry, type AuditQuery, type AuditRecord } from '../port/audit-log.js'
import { type Store } from '../port/store.js'
import { at, granted, org, otherOrg, useStore, type StoreConformance } from './use-store.js'

const start = Date.parse('2026-11-01T00:00:00.000Z')

const aRecord = (id: string, given: Partial<AuditRecord> = {}): AuditRecord => ({
  id,
  org,
  at: new Date(start),
  requestId: `request-${id}`,
  outcome: 'allowed',
  action: 'token.exchange',
  detail: {},
  ...given,
})

const aBatch = (id: string, records: readonly AuditRecord[], given: Partial<AuditBatch> = {}): AuditBatch => ({
  id,
  org,
  writer: 'w1',
  records,
  ...given,
})

async function allPages(store: Store, query: AuditQuery, of = org): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = []
  for (let cursor: string | undefined; ;) {
    const page = granted(await store.audit().page(of, cursor === undefined ? query : { ...query, cursor }))
    entries.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return entries
  }
}

export function auditConformance(conformance: StoreConformance): void {
  append(conformance)
  paging(conformance)
}

function append(conformance: StoreConformance): void {
  describe('audit log', () => {
    const using = useStore(conformance)

    it('gives back what was appended, with its place in the sequence of its writer', async () => {
      const detail = { $reason: 'audience', 'dotted.name': [1, null, { deep: true }] }
      const records = [aRecord('a', { clientId: 'c1', detail }), aRecord('b', { at: new Date(start + 1) })]
      expect(await using.store.audit().append(aBatch('b1', records))).toEqual({ firstSeq: 1, lastSeq: 2 })
      const page = granted(await using.store.audit().page(org, { limit: 10 }))
      expect(page).toEqual({
        items: [
          { ...records[1], writer: 'w1', seq: 2 },
          { ...records[0], writer: 'w1', seq: 1 },
        ],
      })
    })

    it('numbers without a gap for each organization and writer, whoever else writes (AU-05)', async () => {
      const writers = ['w1', 'w2', 'w3']
      await Promise.all(
        writers.map(async (writer, index) => {
          const audit = at(using.stores, index).audit()
          for (let turn = 0; turn < 8; turn += 1) {
            const name = `${writer}-${turn}`
            await audit.append(aBatch(name, [aRecord(`${name}-a`), aRecord(`${name}-b`)], { writer }))
            const records = [aRecord(`${name}-c`, { org: otherOrg })]
            await audit.append(aBatch(`${name}-other`, records, { writer, org: otherOrg }))
          }
        }),
      )
      const entries = await allPages(using.store, { limit: 500 })
      for (const writer of writers) {
        const sequence = entries.filter((entry) => entry.writer === writer).map(({ seq }) => seq)
        expect(sequence).toEqual(Array.from({ length: 16 }, (_, index) => 16 - index))
      }
      expect(await allPages(using.store, { limit: 500 }, otherOrg)).toHaveLength(24)
    })

    it('appends a batch once, however often it is tried', async () => {
      const audit = using.store.audit()
      const batch = aBatch('b1', [aRecord('a'), aRecord('b')])
      await audit.append(batch)
      await audit.append(aBatch('b2', [aRecord('c')]))
      expect(await audit.append(batch)).toEqual({ firstSeq: 1, lastSeq: 2 })
      expect(await audit.append(aBatch('b3', [aRecord('d')]))).toEqual({ firstSeq: 4, lastSeq: 4 })
      expect((await allPages(using.store, { limit: 10 })).map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a'])
    })

    it('takes all records of a batch or none', async () => {
      const cyclic: Record<string, unknown> = {}
      cyclic.self = cyclic
      const records = [aRecord('a'), aRecord('b', { detail: cyclic as never })]
      await expect(using.store.audit().append(aBatch('b1', records))).rejects.toThrow(TypeError)
      expect(await allPages(using.store, { limit: 10 })).toEqual([])
      expect(await using.store.audit().append(aBatch('b1', [aRecord('a')]))).toEqual({ firstSeq: 1, lastSeq: 1 })
    })

    it('takes neither an empty batch, nor one above 500, nor records of another organization', async () => {
      const audit = using.store.audit()
      const many = Array.from({ length: 501 }, (_, index) => aRecord(`r${index}`))
      await expect(audit.append(aBatch('b1', []))).rejects.toThrow(TypeError)
      await expect(audit.append(aBatch('b1', many))).rejects.toThrow(TypeError)
      await expect(audit.append(aBatch('b1', [aRecord('a', { org: otherOrg })]))).rejects.toThrow(TypeError)
    })
  })
}

function paging(conformance: StoreConformance): void {
  describe('pages of the audit log', () => {
    const using = useStore(conformance)

    it('go from the newest to the oldest, also across writers, each entry once while others are appended', async () => {
      const audit = using.store.audit()
      for (let index = 0; index < 10; index += 1) {
        const record = aRecord(`r${index}`, { at: new Date(start + Math.floor(index / 3)) })
        await audit.append(aBatch(`b${index}`, [record], { writer: `w${index % 2}` }))
      }
      const first = granted(await audit.page(org, { limit: 4 }))
      await audit.append(aBatch('late', [aRecord('late', { at: new Date(start + 99) })]))
      const rest = granted(await audit.page(org, { limit: 100, cursor: first.nextCursor ?? '' }))
      const all = [...first.items, ...rest.items]
      expect(rest.nextCursor).toBeUndefined()
      expect(all.map(({ id }) => id).toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => `r${index}`))
      const times = all.map((entry) => entry.at.getTime())
      expect(times).toEqual(times.toSorted((a, b) => b - a))
    })

    it('hold one organization, and what matches all filters', async () => {
      const audit = using.store.audit()
      const records = [
        aRecord('a', { requestId: 'r1', clientId: 'c1', outcome: 'allowed' }),
        aRecord('b', { requestId: 'r2', clientId: 'c1', outcome: 'invalid_grant' }),
        aRecord('c', { requestId: 'r1', outcome: 'invalid_grant' }),
      ]
      await audit.append(aBatch('b1', records))
      await audit.append(aBatch('b2', [aRecord('x', { org: otherOrg, requestId: 'r1' })], { org: otherOrg }))
      const ids = async (query: Omit<AuditQuery, 'limit'>): Promise<readonly string[]> =>
        (await allPages(using.store, { ...query, limit: 1 })).map(({ id }) => id)
      expect(await ids({})).toEqual(['c', 'b', 'a'])
      expect(await ids({ requestId: 'r1' })).toEqual(['c', 'a'])
      expect(await ids({ clientId: 'c1' })).toEqual(['b', 'a'])
      expect(await ids({ outcome: 'invalid_grant' })).toEqual(['c', 'b'])
      expect(await ids({ outcome: 'invalid_grant', clientId: 'c1', requestId: 'r2' })).toEqual(['b'])
      expect(await ids({ requestId: 'r1', clientId: 'c2' })).toEqual([])
    })

    it('refuse a cursor that the log did not make, and a limit out of bounds', async () => {
      for (const cursor of ['', '!', 'W10', 'bnVsbA']) {
        expect(await using.store.audit().page(org, { limit: 1, cursor })).toEqual({ ok: false, error: { code: 'invalid_cursor' } })
      }
      await expect(using.store.audit().page(org, { limit: 0 })).rejects.toThrow(TypeError)
    })
  })
}
