import { type DocumentCodec, type PreparedDocument } from '../documents/document-codec.js'
import { type DocumentIdentity, type StoredEntry, type Tombstone } from '../port/document.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { integer, optionalText, text, type SqliteRow } from './sqlite-rows.js'

/** The head of a document: what a write decides by. */
export interface DocumentHead {
  readonly doc: number
  readonly rev: number
  readonly publishedRev: number
  readonly createdAt: number
  readonly updatedAt: number
}

const entryColumns = 'doc, org, id, rev, published_rev, created_at, updated_at, schema_version, value'

export const selectEntries = `SELECT ${entryColumns} FROM documents d`

/** The rows of one collection: reads them by its codec, and writes a document with its keys and lookups inside a transaction. */
export class SqliteDocuments<T> {
  readonly #connection: SqliteConnection
  readonly #codec: DocumentCodec<T>

  constructor(connection: SqliteConnection, codec: DocumentCodec<T>) {
    this.#connection = connection
    this.#codec = codec
  }

  /** @throws SchemaTooNew, UnreadableDocument */
  entry(row: SqliteRow): StoredEntry<T> {
    const json = optionalText(row, 'value')
    if (json === undefined) return { ...this.#versions(row), deleted: true }
    const versions = this.#versions(row)
    return { ...versions, deleted: false, value: this.#codec.read(versions, { json, schemaVersion: integer(row, 'schema_version') }) }
  }

  find(org: string, id: string): StoredEntry<T> | undefined {
    const row = this.#row({ org, id })
    return row === undefined ? undefined : this.entry(row)
  }

  isTaken(org: string, id: string): boolean {
    const one = this.#connection.sql('SELECT 1 FROM documents WHERE collection = ? AND org = ? AND id = ?')
    return one.get(this.#codec.collection, org, id) !== undefined
  }

  /** The live document's head. @throws SchemaTooNew if a newer version wrote it: then this one changes nothing in it */
  liveHead(identity: DocumentIdentity): DocumentHead | undefined {
    const row = this.#row(identity)
    if (row === undefined || optionalText(row, 'value') === undefined) return undefined
    this.#codec.assertKnown(identity, integer(row, 'schema_version'))
    return headOf(row)
  }

  /** The head of a document or tombstone together with what it says. @throws SchemaTooNew, UnreadableDocument */
  anyHead(identity: DocumentIdentity): { readonly head: DocumentHead; readonly entry: StoredEntry<T> } | undefined {
    const row = this.#row(identity)
    return row === undefined ? undefined : { head: headOf(row), entry: this.entry(row) }
  }

  /** Gives a document or tombstone another revision and leaves the rest of it. */
  advanceRow(head: DocumentHead, rev: number, now: number): void {
    this.#connection.sql('UPDATE documents SET rev = ?, updated_at = ? WHERE doc = ?').run(rev, now, head.doc)
  }

  /** The first of the keys that another document than `doc` holds. */
  takenKey(keys: readonly string[], doc?: number): string | undefined {
    const holder = this.#connection.sql('SELECT doc FROM document_keys WHERE collection = ? AND key = ?')
    return keys.find((key) => {
      const row = holder.get(this.#codec.collection, key)
      return row !== undefined && integer(row, 'doc') !== doc
    })
  }

  insertRow({ org, id }: DocumentIdentity, prepared: PreparedDocument<T>, now: number): number {
    const { lastInsertRowid } = this.#connection
      .sql(
        'INSERT INTO documents (collection, org, id, rev, created_at, updated_at, schema_version, value) VALUES (?, ?, ?, 1, ?, ?, ?, ?)',
      )
      .run(this.#codec.collection, org, id, now, now, prepared.schemaVersion, prepared.json)
    return Number(lastInsertRowid)
  }

  /** The next revision of a document; without a value it becomes a tombstone. */
  updateRow(head: DocumentHead, prepared: PreparedDocument<T> | undefined, now: number): void {
    this.#connection
      .sql('UPDATE documents SET rev = ?, updated_at = ?, schema_version = coalesce(?, schema_version), value = ? WHERE doc = ?')
      .run(head.rev + 1, now, prepared?.schemaVersion ?? null, prepared?.json ?? null, head.doc)
  }

  /** Puts these keys and lookups in place of the document's present ones. */
  index(doc: number, org: string, { uniqueKeys, lookups }: Pick<PreparedDocument<T>, 'uniqueKeys' | 'lookups'>): void {
    this.#connection.sql('DELETE FROM document_keys WHERE doc = ?').run(doc)
    this.#connection.sql('DELETE FROM document_lookups WHERE doc = ?').run(doc)
    const addKey = this.#connection.sql('INSERT INTO document_keys (collection, key, doc) VALUES (?, ?, ?)')
    for (const key of uniqueKeys) addKey.run(this.#codec.collection, key, doc)
    const addLookup = this.#connection.sql('INSERT INTO document_lookups (collection, org, lookup, doc) VALUES (?, ?, ?, ?)')
    for (const lookup of lookups) addLookup.run(this.#codec.collection, org, lookup, doc)
  }

  #row({ org, id }: DocumentIdentity): SqliteRow | undefined {
    return this.#connection.sql(`${selectEntries} WHERE collection = ? AND org = ? AND id = ?`).get(this.#codec.collection, org, id)
  }

  #versions(row: SqliteRow): Omit<Tombstone, 'deleted'> {
    return {
      org: text(row, 'org'),
      id: text(row, 'id'),
      rev: integer(row, 'rev'),
      publishedRev: integer(row, 'published_rev'),
      createdAt: new Date(integer(row, 'created_at')),
      updatedAt: new Date(integer(row, 'updated_at')),
    }
  }
}

function headOf(row: SqliteRow): DocumentHead {
  return {
    doc: integer(row, 'doc'),
    rev: integer(row, 'rev'),
    publishedRev: integer(row, 'published_rev'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
  }
}
