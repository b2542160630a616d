import { join } from 'node:path'

import { type Store } from './port/store.js'
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
}

/**
 * Opens a service's database: the one place that chooses the adapter. Embedded, it is the file `<data directory>/<service>.db`.
 *
 * @throws StoreOpenError one sentence that says what to do
 */
export async function openStore({ service, dataDirectory, wantsMongodb, onUnreadable }: OpenStoreOptions): Promise<Store> {
  if (wantsMongodb) {
    throw new StoreOpenError(
      'MONGODB_URI',
      'MONGODB_URI is set, and this version has no MongoDB adapter: unset it to use the embedded store.',
    )
  }
  return openSqliteStore({ file: join(dataDirectory, `${service}.db`), onUnreadable })
}
