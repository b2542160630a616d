import { setImmediate as nextTurn } from 'node:timers/promises'

import { type StoredEntry } from '../port/document.js'
import { type CollectionContext } from './collection-context.js'
import { selectEntries, type SqliteDocuments } from './sqlite-documents.js'
import { readableEntry } from './sqlite-outbox.js'
import { integer, optionalText } from './sqlite-rows.js'

/**
 * A scan gives the thread back after so many rows, so much text or so long, whichever comes first: far below the promised 10 ms, since
 * one large document may follow. Rows and text bound a slice by construction, on a machine that is busy too; time bounds values that
 * are slow to read.
 */
const sliceRows = 100
const sliceCharacters = 128 * 1_024
const sliceMs = 2

interface Slice<T> {
  readonly entries: readonly StoredEntry<T>[]
  /** Where the next slice begins; `undefined` after the last row. */
  readonly after?: number
}

/** `Collection.scan`: short slices in the order of insertion, each its own read, put together to chunks. */
export async function* scanEntries<T>(
  context: CollectionContext,
  collection: string,
  documents: SqliteDocuments<T>,
  chunkSize: number,
): AsyncGenerator<readonly StoredEntry<T>[]> {
  let chunk: StoredEntry<T>[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const from: number = after
    const room = chunkSize - chunk.length
    const slice: Slice<T> = await context.connection.read('scan', () => readSlice(context, collection, documents, from, room))
    chunk.push(...slice.entries)
    after = slice.after
    if (chunk.length === chunkSize) {
      yield chunk
      chunk = []
    }
    await nextTurn()
  }
  if (chunk.length > 0) yield chunk
}

function readSlice<T>(
  { connection, onUnreadable }: CollectionContext,
  collection: string,
  documents: SqliteDocuments<T>,
  after: number,
  room: number,
): Slice<T> {
  const startedAt = performance.now()
  const entries: StoredEntry<T>[] = []
  const rows = connection
    .sql(`${selectEntries} WHERE collection = ? AND doc > ? ORDER BY doc LIMIT ?`)
    .iterate(collection, after, sliceRows)
  let read = 0
  let characters = 0
  for (const row of rows) {
    const entry = readableEntry(documents, row, onUnreadable)
    if (entry !== undefined) entries.push(entry)
    read += 1
    characters += optionalText(row, 'value')?.length ?? 0
    const isFull = read === sliceRows || characters > sliceCharacters || performance.now() - startedAt > sliceMs
    if (isFull || entries.length === room) return { entries, after: integer(row, 'doc') }
  }
  return { entries }
}
