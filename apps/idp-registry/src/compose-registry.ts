import { type Configuration, type Log, type ServiceComposition } from '@cambio/service-kit'
import { StoreUnavailable } from '@cambio/store'

import { AppModule } from './app.module.js'
import { openRuntime, type RuntimeChoices } from './registry-runtime.js'

export const API_VERSION = '0.1.0'

/**
 * The registry's parts for the start of a service.
 *
 * @throws StartRefusal when the configuration cannot be used; StoreOpenError when a file cannot
 */
export async function composeRegistry(
  configuration: Configuration<'idp-registry'>,
  log: Log,
  choices: RuntimeChoices = {},
): Promise<ServiceComposition<'idp-registry'>> {
  const runtime = await openRuntime(configuration, log, choices)
  return {
    module: AppModule.of(runtime),
    api: {
      title: 'Cambio identity provider registry',
      version: API_VERSION,
      description: 'Identity providers of each organization, their discovery and their keys.',
    },
    feed: runtime.feed,
    database: { state: () => runtime.store.state(), refused: runtime.store.refused, isVital: true },
    isUnavailable: (error) => (error instanceof StoreUnavailable ? { retryAfterSeconds: 2 } : undefined),
  }
}
