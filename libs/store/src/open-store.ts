import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { BackgroundStore } from './background/background-store.js'
import { type StoreState } from './background/store-opener.js'
import { StoreOpenError, type Unreadable } from './port/store.errors.js'
import { openSqliteStore } from './sqlite/sqlite-store.js'

export interface OpenStoreOptions {
  /** Whose database it is; each service has its own and opens no other. */
  readonly service: string
  /** Where embedded databases lie. */
  readonly dataDirectory: string
  /** Whether `MONGODB_URI` is set. */
  readonly wantsMongodb: boolean
  /** Told of documents that cannot be read and are left out of scans and of the outbox. */
  readonly onUnreadable: (refusal: Unreadable) => void
  /** Told when the database can be used, cannot any more, and can again. */
  readonly onState?: (state: StoreState) => void
  /** Between two attempts to open a database that is away. Default 500. */
  readonly retryMs?: number
  /** Between two looks whether an open one still answers. Default 1,000. */
  readonly watchMs?: number
}

/** A start waits this long for the database, so that one that refuses for good is usually known before anybody is served. */
const PATIENCE_MS = 100

/**
 * Opens a service's database: the one place that chooses the adapter. Embedded, it is the file `<data directory>/<service>.db`.
 * One that is away is tried in the background (`BackgroundStore`).
 *
 * @throws StoreOpenError one sentence that says what to do, when the database cannot be used whatever time passes
 */
export async function openStore(options: OpenStoreOptions): Promise<BackgroundStore> {
  if (options.wantsMongodb) {
    throw new StoreOpenError(
      'MONGODB_URI',
      'MONGODB_URI is set, and this version has no MongoDB adapter: unset it to use the embedded store.',
    )
  }
  const store = openSqliteInBackground(options)
  const refusal = await Promise.race([store.refused, store.attempted(), delay(PATIENCE_MS)])
  if (!(refusal instanceof StoreOpenError)) return store
  await store.close()
  throw refusal
}

function openSqliteInBackground({ service, dataDirectory, onUnreadable, onState, retryMs, watchMs }: OpenStoreOptions): BackgroundStore {
  const file = join(dataDirectory, `${service}.db`)
  let opened: number | undefined
  return new BackgroundStore({
    open: async (again) => {
      // An empty directory in place of a disk that is not there must not become a new database.
      if (again && !existsSync(file)) {
        throw new StoreOpenError(file, `${file} is gone: put it back, or start the process anew to begin without data.`, { mayPass: true })
      }
      const store = await openSqliteStore({ file, onUnreadable })
      opened = inodeOf(file)
      return store
    },
    isInPlace: () => opened !== undefined && inodeOf(file) === opened,
    ...(onState === undefined ? {} : { onState }),
    ...(retryMs === undefined ? {} : { retryMs }),
    ...(watchMs === undefined ? {} : { watchMs }),
  })
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}
