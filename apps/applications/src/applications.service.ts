import { type Configuration, type Log, logDatabaseState, ServiceFeed, type ServiceComposition } from '@cambio/service-kit'
import { openStore, StoreUnavailable } from '@cambio/store'

import { AppModule } from './app.module.js'
import { compose } from './wiring/composition.js'

/** When a request that met a database which does not answer is worth trying again. */
const storeRetrySeconds = 2

/** Room for an OpenAPI document, of which little is kept. */
const jsonBodyBytes = 1_048_576

/**
 * The parts of this service for its configuration: opens the database and the replica file, and begins to connect to NATS.
 *
 * @throws StoreOpenError one sentence that says what to do when a file cannot be used
 */
export async function applicationsService(
  configuration: Configuration<'applications'>,
  log: Log,
): Promise<ServiceComposition<'applications'>> {
  const store = await openStore({
    service: 'applications',
    dataDirectory: configuration.dataDirectory,
    wantsMongodb: configuration.mongodbUri !== undefined,
    onUnreadable: (refusal) => {
      log.error({ error: refusal }, 'a document cannot be read and is left out')
    },
    onState: logDatabaseState(log),
  })
  const feed = await ServiceFeed.open({ service: 'applications', configuration, log }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return {
    api: {
      title: 'Cambio applications',
      version: '0.1.0',
      description: 'Organizations, admin clients, APIs, applications with keys, bindings and subscriptions.',
    },
    module: AppModule.with(compose(configuration, { store, feed, log })),
    feed,
    database: { state: () => store.state(), refused: store.refused, isVital: true },
    limits: { jsonBodyBytes },
    isUnavailable: (error) => (error instanceof StoreUnavailable ? { retryAfterSeconds: storeRetrySeconds } : undefined),
  }
}
