import { resolve } from 'node:path'

import { DocumentCodec } from '../documents/document-codec.js'
import { type AuditLog } from '../port/audit-log.js'
import { type Collection } from '../port/collection.js'
import { type DocumentDefinition } from '../port/document.js'
import { type IdempotencyStore } from '../port/idempotency-store.js'
import { type LeaseStore } from '../port/lease-store.js'
import { type SingleUseStore } from '../port/single-use-store.js'
import { type StepHook } from '../port/step.js'
import { StoreOpenError, type Unreadable } from '../port/store.errors.js'
import { Store } from '../port/store.js'
import { SqliteAuditLog } from './sqlite-audit-log.js'
import { SqliteCollection } from './sqlite-collection.js'
import { SqliteConnection } from './sqlite-connection.js'
import { LayoutError, openDatabase, type LayoutProblem } from './sqlite-database.js'
import { memoryFile } from './sqlite-file.js'
import { SqliteIdempotencyStore } from './sqlite-idempotency-store.js'
import { storeLayout } from './sqlite-layout.js'
import { SqliteLeaseStore } from './sqlite-lease-store.js'
import { SqliteSingleUseStore } from './sqlite-single-use-store.js'

export interface SqliteStoreOptions {
  /** Path of the file, or `:memory:`. Made with mode 0600 if absent, its folders with 0700. */
  readonly file: string
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number
  /** Told of each document that `unpublished` and `scan` leave out, each time they meet it. Does not throw. Default: nobody. */
  readonly onUnreadable?: (refusal: Unreadable) => void
  /** Called at each point of each write. Only tests set it. */
  readonly step?: StepHook
}

/**
 * The embedded store: one SQLite file in WAL mode with `synchronous=FULL`, so that a resolved write outlives a power cut.
 * Several processes of one host may share the file. Source: docs/architecture.md, Storage.
 *
 * @throws StoreOpenError one sentence that says what to do when the file cannot be used
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  try {
    const connection = new SqliteConnection(await openDatabase(options.file, storeLayout), options.step)
    try {
      return new SqliteStore(connection, await auditConnection(connection, options), options)
    } catch (error) {
      connection.close()
      throw error
    }
  } catch (error) {
    if (error instanceof LayoutError) throw new StoreOpenError(resolve(options.file), sentenceFor(resolve(options.file), error.problem))
    throw error
  }
}

/**
 * Audit records outlive the process, and up to the last second of them not a power cut: waiting for the disk at each batch would
 * hold the thread that answers requests. A database in memory has one connection.
 */
async function auditConnection(connection: SqliteConnection, { file, step }: SqliteStoreOptions): Promise<SqliteConnection> {
  if (file === memoryFile) return connection
  return new SqliteConnection(await openDatabase(file, { ...storeLayout, synchronous: 'NORMAL' }), step)
}

class SqliteStore extends Store {
  readonly #connection: SqliteConnection
  readonly #audit: SqliteConnection
  readonly #now: () => number
  readonly #onUnreadable: (refusal: Unreadable) => void

  constructor(
    connection: SqliteConnection,
    audit: SqliteConnection,
    { now = Date.now, onUnreadable = () => undefined }: SqliteStoreOptions,
  ) {
    super()
    this.#connection = connection
    this.#audit = audit
    this.#now = now
    // Told after the read, which a query made by the listener would disturb.
    this.#onUnreadable = (refusal) => {
      queueMicrotask(() => {
        onUnreadable(refusal)
      })
    }
  }

  collection<T>(definition: DocumentDefinition<T>): Collection<T> {
    const context = { connection: this.#connection, now: this.#now, onUnreadable: this.#onUnreadable }
    return new SqliteCollection(context, new DocumentCodec(definition))
  }

  leases(): LeaseStore {
    return new SqliteLeaseStore(this.#connection, this.#now)
  }

  singleUse(): SingleUseStore {
    return new SqliteSingleUseStore(this.#connection, this.#now)
  }

  audit(): AuditLog {
    return new SqliteAuditLog(this.#audit)
  }

  idempotency(): IdempotencyStore {
    return new SqliteIdempotencyStore(this.#connection, this.#now)
  }

  async ping(): Promise<void> {
    await this.#connection.read('ping', () => this.#connection.sql('SELECT count(*) FROM leases').get())
  }

  async close(): Promise<void> {
    this.#audit.close()
    this.#connection.close()
  }
}

function sentenceFor(file: string, problem: LayoutProblem): string {
  switch (problem) {
    case 'newer_version':
      return `Cannot use ${file}: a newer version of Cambio wrote it; start that version, or restore a backup that this version made.`
    case 'foreign':
      return `Cannot use ${file}: it is the database of another program; choose another directory with CAMBIO_DATA_DIR.`
    case 'corrupt':
      return `Cannot use ${file}: it is damaged or is no SQLite database; restore it from a backup.`
  }
}
