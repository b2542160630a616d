import { type Log, StartRefusal } from '@cambio/service-kit'
import { openSqliteStore, type Store, StoreOpenError } from '@cambio/store'

/**
 * Opens the registry's database: the one place that knows which adapter it is.
 *
 * @throws StartRefusal one sentence that says what to do when the file cannot be used
 */
export async function openStorage(file: string, log: Log): Promise<Store> {
  return refusingStart(() =>
    openSqliteStore({
      file,
      onUnreadable: (refusal) => {
        log.error({ code: refusal.code, collection: refusal.collection, id: refusal.id }, 'a document cannot be read and is left out')
      },
    }),
  )
}

/** Turns a place that cannot be used into the sentence with which the process ends. */
export async function refusingStart<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof StoreOpenError) throw new StartRefusal(error.message)
    throw error
  }
}
