import { type Configuration, type Log, StartRefusal } from '@cambio/service-kit'
import { openStore, type Store, StoreOpenError } from '@cambio/store'

/**
 * Opens this service's database.
 *
 * @throws StartRefusal one sentence that says what to do when it cannot be opened
 */
export async function openDatabase({ mongodbUri, dataDirectory }: Configuration<'applications'>, log: Log): Promise<Store> {
  try {
    return await openStore({
      service: 'applications',
      dataDirectory,
      wantsMongodb: mongodbUri !== undefined,
      onUnreadable: (refusal) => {
        log.error({ error: refusal }, 'a document cannot be read and is left out')
      },
    })
  } catch (error) {
    if (error instanceof StoreOpenError) throw new StartRefusal(error.message)
    throw error
  }
}
