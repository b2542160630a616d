import { type Configuration, type Log, logDatabaseState, type ServiceComposition } from '@cambio/service-kit'
import { openStore } from '@cambio/store'

import { composeTokenService } from './compose-token-service.js'

/**
 * Opens what the token service keeps and puts it together. A database that is away is waited for in the background, since
 * tokens are issued without it.
 *
 * @throws StoreOpenError one sentence that says what to do when a file can never be used
 */
export async function openTokenService(
  configuration: Configuration<'token-service'>,
  log: Log,
): Promise<ServiceComposition<'token-service'>> {
  const store = await openStore({
    service: 'token-service',
    dataDirectory: configuration.dataDirectory,
    wantsMongodb: configuration.mongodbUri !== undefined,
    onUnreadable: (refusal) => {
      log.error({ error: refusal }, 'a document cannot be read and is left out')
    },
    onState: logDatabaseState(log),
  })
  const composition = await composeTokenService(configuration, log, store).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return { ...composition, database: { state: () => store.state(), refused: store.refused, isVital: false } }
}
