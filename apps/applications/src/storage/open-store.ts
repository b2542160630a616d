import { join } from 'node:path'

import { type Configuration, type Log, StartRefusal } from '@cambio/service-kit'
import { openSqliteStore, type Store, StoreOpenError } from '@cambio/store'

/**
 * Opens this service's database: the embedded one in the data directory.
 *
 * @throws StartRefusal one sentence that says what to do when it cannot be opened
 */
export async function openStore({ mongodbUri, dataDirectory }: Configuration<'applications'>, log: Log): Promise<Store> {
  if (mongodbUri !== undefined) {
    throw new StartRefusal('MONGODB_URI is set, but this version of Cambio has no MongoDB adapter yet: unset it to use the embedded store.')
  }
  try {
    return await openSqliteStore({
      file: join(dataDirectory, 'applications.db'),
      onUnreadable: (refusal) => {
        log.error({ error: refusal }, 'a document cannot be read and is left out')
      },
    })
  } catch (error) {
    if (error instanceof StoreOpenError) throw new StartRefusal(error.message)
    throw error
  }
}
