import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

import { StoreOpenError } from '../port/store.errors.js'
import { memoryFile, prepareFile } from './sqlite-file.js'
import { isBusy, isCorrupt, sqliteFailure } from './sqlite-failure.js'

/** What makes a file ours, and how it is laid out. */
export interface SqliteLayout {
  /** Stands in the file's header, so that another program's database is not taken for ours. */
  readonly applicationId: number
  /** `user_version` of the layout that `create` makes. */
  readonly version: number
  readonly create: string
  /** `FULL`: a commit outlives a power cut. `NORMAL`: it outlives the process, for what can be had again. */
  readonly synchronous: 'FULL' | 'NORMAL'
}

export type LayoutProblem = 'newer_version' | 'foreign' | 'corrupt'

/** Thrown while opening; the caller decides what it means for its file. */
export class LayoutError extends Error {
  readonly problem: LayoutProblem

  constructor(problem: LayoutProblem) {
    super(problem)
    this.name = 'LayoutError'
    this.problem = problem
  }
}

/** SQLite itself waits so long for another process; longer waits are left to the caller, off the thread. */
const lockWaitMs = 5
const openDeadlineMs = 5_000

/**
 * Opens a file, makes its layout if it is new, and refuses one that is not ours or newer. Several processes may do so at once.
 *
 * @throws StoreOpenError when its place cannot be used
 * @throws LayoutError when its content cannot
 */
export async function openDatabase(path: string, layout: SqliteLayout): Promise<DatabaseSync> {
  const file = prepareFile(path)
  const giveUpAt = performance.now() + openDeadlineMs
  for (;;) {
    try {
      return openOnce(file, layout)
    } catch (error) {
      if (isCorrupt(error)) throw new LayoutError('corrupt')
      const failure = sqliteFailure(error)
      if (failure === undefined) throw error
      if (!isBusy(error) || performance.now() > giveUpAt) {
        throw new StoreOpenError(
          file,
          `Cannot open ${file} (${failure.reason}): see to it that this process alone uses it and can write it.`,
          { mayPass: true },
        )
      }
    }
    await pause(5 + Math.random() * 20)
  }
}

function openOnce(file: string, layout: SqliteLayout): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: lockWaitMs })
  try {
    // Before anything is changed in it: the file may be another program's.
    assertOurs(database, layout)
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
    if (file !== memoryFile && mode !== 'wal') {
      throw new StoreOpenError(
        file,
        `Cannot use ${file}: its file system does not carry a write-ahead log; choose a local directory with CAMBIO_DATA_DIR.`,
      )
    }
    database.exec(`PRAGMA synchronous = ${layout.synchronous}; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000`)
    createLayout(database, layout)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function createLayout(database: DatabaseSync, layout: SqliteLayout): void {
  if (numberPragma(database, 'user_version') === layout.version) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have made it while this one waited.
    if (assertOurs(database, layout) === 0) {
      database.exec(`${layout.create}; PRAGMA application_id = ${layout.applicationId}; PRAGMA user_version = ${layout.version}`)
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** The file's layout version, 0 for a new file. */
function assertOurs(database: DatabaseSync, layout: SqliteLayout): number {
  const version = numberPragma(database, 'user_version')
  const applicationId = numberPragma(database, 'application_id')
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
  if (tables === 0 && version === 0 && applicationId === 0) return 0
  if (applicationId !== layout.applicationId) throw new LayoutError('foreign')
  if (version > layout.version) throw new LayoutError('newer_version')
  if (version < 1 || tables === 0) throw new LayoutError('corrupt')
  return version
}

function numberPragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row = database.prepare(`PRAGMA ${name}`).get()
  return Number(row?.[name])
}
