import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { type DatabaseSync, type StatementSync } from 'node:sqlite'

import { type StepHook, type StoreStep } from '../port/step.js'
import { StoreUnavailable } from '../port/store.errors.js'
import { LayoutError, openDatabase, type SqliteLayout } from '../sqlite/sqlite-database.js'
import { isCorrupt, sqliteFailure } from '../sqlite/sqlite-failure.js'
import { integer, text } from '../sqlite/sqlite-rows.js'
import { ReplicaFile, ReplicaFileCorrupt, type ReplicaRow } from './replica-file.js'

export interface ReplicaFileOptions {
  /** Path of the file, or `:memory:`. Made with mode 0600 if absent, its folders with 0700. */
  readonly file: string
  /** Called at each point of a write (`replicaFileSteps`). Only tests set it. */
  readonly step?: StepHook
}

/** Every point of the writes of a replica file, in their order, for tests that end a process at each of them. */
export const replicaFileSteps: readonly StoreStep[] = [
  'upsert.begun',
  'upsert.written',
  'upsert.committed',
  'remove.begun',
  'remove.committed',
]

/** `corrupt`: damaged, cut short or none of ours. `newer_version`: a newer version wrote it. */
export interface UnusableReplicaFile {
  readonly ok: false
  readonly reason: 'corrupt' | 'newer_version'
  /** Deletes the file, so that the next `openReplicaFile` makes an empty one. */
  discard(): void
}

export type OpenedReplicaFile = { readonly ok: true; readonly value: ReplicaFile } | UnusableReplicaFile

const layout: SqliteLayout = {
  applicationId: 0x43_4d_42_52, // "CMBR"
  version: 1,
  synchronous: 'NORMAL',
  create: `
    CREATE TABLE feed_values (
      kind TEXT NOT NULL, key TEXT NOT NULL, rev INTEGER NOT NULL, body TEXT NOT NULL, mac TEXT NOT NULL,
      PRIMARY KEY (kind, key)
    ) STRICT;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
}

/**
 * Opens or makes a replica's file. Damage is told as a value, for the caller rebuilds; only a place that cannot be used throws.
 *
 * @throws StoreOpenError one sentence that says what to do
 */
export async function openReplicaFile({ file, step = () => undefined }: ReplicaFileOptions): Promise<OpenedReplicaFile> {
  try {
    const database = await openDatabase(file, layout)
    if (isSound(database)) return { ok: true, value: new SqliteReplicaFile(file, database, step) }
    database.close()
    return unusable(file, 'corrupt')
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error
    return unusable(file, error.problem === 'newer_version' ? 'newer_version' : 'corrupt')
  }
}

function unusable(file: string, reason: UnusableReplicaFile['reason']): UnusableReplicaFile {
  const discard = (): void => {
    for (const part of [file, `${file}-wal`, `${file}-shm`]) rmSync(part, { force: true })
  }
  return { ok: false, reason, discard }
}

/** Looks at every page, so that a file that was cut short is found now and not in the middle of a start. */
function isSound(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok'
  } catch (error) {
    if (isCorrupt(error)) return false
    throw error
  }
}

const chunkRows = 500

class SqliteReplicaFile extends ReplicaFile {
  readonly #file: string
  readonly #database: DatabaseSync
  readonly #step: StepHook
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: string, database: DatabaseSync, step: StepHook) {
    super()
    this.#file = resolve(file)
    this.#database = database
    this.#step = step
  }

  upsertMany(rows: readonly ReplicaRow[]): void {
    this.#guard('write the replica file', () => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        this.#step('upsert.begun')
        const upsert = this.#sql('INSERT OR REPLACE INTO feed_values (kind, key, rev, body, mac) VALUES (?, ?, ?, ?, ?)')
        for (const { kind, key, rev, body, mac } of rows) upsert.run(kind, key, rev, body, mac)
        this.#step('upsert.written')
        this.#database.exec('COMMIT')
        this.#step('upsert.committed')
      } catch (error) {
        if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  remove(kind: string, key: string): void {
    this.#guard('write the replica file', () => {
      this.#step('remove.begun')
      this.#sql('DELETE FROM feed_values WHERE kind = ? AND key = ?').run(kind, key)
      this.#step('remove.committed')
    })
  }

  *all(kind: string): Generator<readonly ReplicaRow[]> {
    for (let after = ''; ;) {
      const rows = this.#guard('read the replica file', () =>
        this.#sql('SELECT kind, key, rev, body, mac FROM feed_values WHERE kind = ? AND key > ? ORDER BY key LIMIT ?')
          .all(kind, after, chunkRows)
          .map((row) => ({
            kind: text(row, 'kind'),
            key: text(row, 'key'),
            rev: integer(row, 'rev'),
            body: text(row, 'body'),
            mac: text(row, 'mac'),
          })),
      )
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows
      after = last.key
    }
  }

  getMeta(name: string): string | undefined {
    return this.#guard('read the replica file', () => {
      const row = this.#sql('SELECT value FROM meta WHERE name = ?').get(name)
      return row === undefined ? undefined : text(row, 'value')
    })
  }

  setMeta(name: string, value: string): void {
    this.#guard('write the replica file', () => this.#sql('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)').run(name, value))
  }

  close(): void {
    if (!this.#database.isOpen) return
    this.#statements.clear()
    this.#database.close()
  }

  #sql(statement: string): StatementSync {
    const known = this.#statements.get(statement)
    if (known !== undefined) return known
    const prepared = this.#database.prepare(statement)
    this.#statements.set(statement, prepared)
    return prepared
  }

  #guard<R>(operation: string, work: () => R): R {
    try {
      return work()
    } catch (error) {
      if (isCorrupt(error)) throw new ReplicaFileCorrupt(this.#file)
      const failure = sqliteFailure(error)
      if (failure === undefined) throw error
      throw new StoreUnavailable(operation, failure.reason)
    }
  }
}
