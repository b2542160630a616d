import { z } from 'zod'

import { assertWithin } from '../documents/bounds.js'
import { decodeCursor, encodeCursor } from '../documents/page-cursor.js'
import { AuditLog, type AuditBatch, type AuditEntry, type AuditQuery } from '../port/audit-log.js'
import { type InvalidCursor, type Page } from '../port/collection.js'
import { type Json } from '../port/json.js'
import { ok, refused, type Result } from '../port/result.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { integer, optionalText, text, type SqliteRow } from './sqlite-rows.js'

/** Time (ms), writer and sequence number of the last entry of a page. */
const position = z.tuple([z.number(), z.string(), z.number()])

/** `AuditLog` on a table with one row a record, and one with the batches that were appended. */
export class SqliteAuditLog extends AuditLog {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    super()
    this.#connection = connection
  }

  async append(batch: AuditBatch): Promise<{ readonly firstSeq: number; readonly lastSeq: number }> {
    assertWithin('number of records', batch.records.length, 1, 500)
    if (batch.records.some(({ org }) => org !== batch.org)) throw new TypeError('a batch holds records of its own organization')
    return this.#connection.write('append', (mark) => {
      const known = this.#connection.sql('SELECT first_seq, last_seq FROM audit_batches WHERE id = ?').get(batch.id)
      if (known !== undefined) return { firstSeq: integer(known, 'first_seq'), lastSeq: integer(known, 'last_seq') }
      const lastRow = this.#connection
        .sql('SELECT coalesce(max(seq), 0) AS last FROM audit_records WHERE org = ? AND writer = ?')
        .get(batch.org, batch.writer)
      const firstSeq = (lastRow === undefined ? 0 : integer(lastRow, 'last')) + 1
      const lastSeq = firstSeq + batch.records.length - 1
      this.#insert(batch, firstSeq)
      mark('written')
      this.#connection.sql('INSERT INTO audit_batches (id, first_seq, last_seq) VALUES (?, ?, ?)').run(batch.id, firstSeq, lastSeq)
      return { firstSeq, lastSeq }
    })
  }

  async page(org: string, query: AuditQuery): Promise<Result<Page<AuditEntry>, InvalidCursor>> {
    assertWithin('limit', query.limit, 1, 500)
    const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, position)
    if (query.cursor !== undefined && before === undefined) return refused({ code: 'invalid_cursor' })
    const filters = [
      ...(before === undefined ? [] : [{ sql: '(at, writer, seq) < (?, ?, ?)', parameters: before }]),
      ...equals('request_id', query.requestId),
      ...equals('client_id', query.clientId),
      ...equals('outcome', query.outcome),
    ]
    const where = ['org = ?', ...filters.map(({ sql }) => sql)].join(' AND ')
    const rows = await this.#connection.read('page the audit log', () =>
      this.#connection
        .sql(`SELECT * FROM audit_records WHERE ${where} ORDER BY at DESC, writer DESC, seq DESC LIMIT ?`)
        .all(org, ...filters.flatMap(({ parameters }) => parameters), query.limit + 1),
    )
    const items = rows.slice(0, query.limit).map(entryOf)
    const last = items.at(-1)
    if (rows.length <= query.limit || last === undefined) return ok({ items })
    return ok({ items, nextCursor: encodeCursor([last.at.getTime(), last.writer, last.seq]) })
  }

  #insert({ org, writer, records }: AuditBatch, firstSeq: number): void {
    const insert = this.#connection.sql(
      `INSERT INTO audit_records (org, writer, seq, at, id, request_id, client_id, outcome, action, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const [index, record] of records.entries()) {
      const { id, at, requestId, clientId = null, outcome, action, detail } = record
      insert.run(org, writer, firstSeq + index, at.getTime(), id, requestId, clientId, outcome, action, JSON.stringify(detail))
    }
  }
}

const equals = (column: string, value: string | undefined): { sql: string; parameters: (string | number)[] }[] =>
  value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }]

function entryOf(row: SqliteRow): AuditEntry {
  const clientId = optionalText(row, 'client_id')
  return {
    id: text(row, 'id'),
    org: text(row, 'org'),
    at: new Date(integer(row, 'at')),
    requestId: text(row, 'request_id'),
    ...(clientId === undefined ? {} : { clientId }),
    outcome: text(row, 'outcome'),
    action: text(row, 'action'),
    detail: JSON.parse(text(row, 'detail')) as Json,
    writer: text(row, 'writer'),
    seq: integer(row, 'seq'),
  }
}
