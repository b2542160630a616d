import { z } from 'zod'

import { decodeCursor, encodeCursor } from '../documents/page-cursor.js'
import { type InvalidCursor, type ListQuery, type Page } from '../port/collection.js'
import { type StoredDocument } from '../port/document.js'
import { ok, refused, type Result } from '../port/result.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { selectEntries, type SqliteDocuments } from './sqlite-documents.js'

/** Time of creation (ms) and id of the last item of a page: neither ever changes, so the position stays where it is. */
const position = z.tuple([z.number(), z.string()])

interface Filter {
  readonly sql: string
  readonly parameters: readonly string[]
}

/** One page of `Collection.listBy`. */
export function listPage<T>(
  connection: SqliteConnection,
  collection: string,
  documents: SqliteDocuments<T>,
  org: string,
  query: ListQuery,
): Result<Page<StoredDocument<T>>, InvalidCursor> {
  const after = query.cursor === undefined ? ([-1, ''] as const) : decodeCursor(query.cursor, position)
  if (after === undefined) return refused({ code: 'invalid_cursor' })
  const filter = filterOf(collection, org, query)
  const rows = connection
    .sql(
      `${selectEntries} WHERE collection = ? AND org = ? AND value IS NOT NULL AND (created_at, id) > (?, ?) ${filter.sql}
       ORDER BY created_at, id LIMIT ?`,
    )
    .all(collection, org, ...after, ...filter.parameters, query.limit + 1)
  const items = rows.slice(0, query.limit).map((row) => documents.entry(row) as StoredDocument<T>)
  const last = items.at(-1)
  if (rows.length <= query.limit || last === undefined) return ok({ items })
  return ok({ items, nextCursor: encodeCursor([last.createdAt.getTime(), last.id]) })
}

function filterOf(collection: string, org: string, { lookup, lookupPrefix }: ListQuery): Filter {
  const matching = 'AND doc IN (SELECT l.doc FROM document_lookups l WHERE l.collection = ? AND l.org = ? AND'
  if (lookup !== undefined && lookupPrefix !== undefined) throw new TypeError('lookup and lookupPrefix exclude each other')
  if (lookup !== undefined) return { sql: `${matching} l.lookup = ?)`, parameters: [collection, org, lookup] }
  if (lookupPrefix === undefined) return { sql: '', parameters: [] }
  // The highest code point bounds the range, so that the index is used; SQLite compares text by its UTF-8 bytes.
  const above = `${lookupPrefix}\u{10ffff}`
  return { sql: `${matching} l.lookup >= ? AND l.lookup < ?)`, parameters: [collection, org, lookupPrefix, above] }
}
