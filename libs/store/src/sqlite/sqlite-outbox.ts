import { setImmediate as nextTurn } from 'node:timers/promises'

import { type DocumentIdentity, type StoredEntry } from '../port/document.js'
import { SchemaTooNew, UnreadableDocument } from '../port/store.errors.js'
import { type CollectionContext } from './collection-context.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { selectEntries, type SqliteDocuments } from './sqlite-documents.js'
import { type SqliteRow } from './sqlite-rows.js'

/** Tombstones that one transaction deletes, so that no other write waits long. */
const collectedAtOnce = 500

/** The entry of a row; one that cannot be read is reported and gives `undefined`. */
export function readableEntry<T>(
  documents: SqliteDocuments<T>,
  row: SqliteRow,
  onUnreadable: CollectionContext['onUnreadable'],
): StoredEntry<T> | undefined {
  try {
    return documents.entry(row)
  } catch (error) {
    if (!(error instanceof SchemaTooNew) && !(error instanceof UnreadableDocument)) throw error
    onUnreadable(error)
    return undefined
  }
}

/** `Collection.unpublished`: reads on past what cannot be read, until there are `limit` entries or no more. */
export function unpublished<T>(
  { connection, onUnreadable }: CollectionContext,
  collection: string,
  documents: SqliteDocuments<T>,
  limit: number,
): readonly StoredEntry<T>[] {
  const rows = connection.sql(`${selectEntries} WHERE collection = ? AND rev > published_rev ORDER BY updated_at, doc`).iterate(collection)
  const entries: StoredEntry<T>[] = []
  for (const row of rows) {
    const entry = readableEntry(documents, row, onUnreadable)
    if (entry !== undefined) entries.push(entry)
    if (entries.length === limit) break
  }
  return entries
}

/** `Collection.markPublished`: one guarded update, so that a late mark cannot lower what a later one has raised. */
export async function markPublished(
  { connection, now }: CollectionContext,
  collection: string,
  { org, id }: DocumentIdentity,
  rev: number,
): Promise<void> {
  await connection.write('mark-published', (mark) => {
    connection
      .sql(
        `UPDATE documents SET published_rev = ?, published_at = ?
         WHERE collection = ? AND org = ? AND id = ? AND published_rev < ? AND rev >= ?`,
      )
      .run(rev, now(), collection, org, id, rev, rev)
    mark('written')
  })
}

/** `Collection.collectTombstones`: only those whose own revision is out, in bounded transactions. */
export async function collectTombstones(connection: SqliteConnection, collection: string, publishedBefore: Date): Promise<number> {
  let collected = 0
  for (;;) {
    const { changes } = await connection.write('collect', () =>
      connection
        .sql(
          `DELETE FROM documents WHERE doc IN (SELECT doc FROM documents
           WHERE collection = ? AND value IS NULL AND published_at < ? AND published_rev = rev LIMIT ?)`,
        )
        .run(collection, publishedBefore.getTime(), collectedAtOnce),
    )
    collected += Number(changes)
    if (changes < collectedAtOnce) return collected
    await nextTurn()
  }
}
