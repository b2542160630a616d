import { createAddressPolicy, createSafeFetcher, type AddressPolicy, type SafeFetcher } from '@cambio/safe-fetch'
import { type Configuration, type Log, logDatabaseState, ServiceFeed } from '@cambio/service-kit'
import { type BackgroundStore, openStore } from '@cambio/store'

import { type Clock, SystemClock } from './clock/clock.js'
import { type RegistrySettings, registrySettings } from './idp-registry.config.js'

/** What a process of the registry holds open, and what all its features share. */
export interface RegistryRuntime {
  readonly settings: RegistrySettings
  readonly log: Log
  readonly clock: Clock
  readonly store: BackgroundStore
  readonly feed: ServiceFeed
  readonly policy: AddressPolicy
  readonly fetcher: SafeFetcher
}

/** Parts that tests choose themselves. */
export type RuntimeChoices = Partial<Pick<RegistryRuntime, 'clock' | 'fetcher' | 'policy'>>

/**
 * Opens what the registry needs; it waits for no other server.
 *
 * @throws StartRefusal when the configuration cannot be used; StoreOpenError when a file cannot
 */
export async function openRuntime(
  configuration: Configuration<'idp-registry'>,
  log: Log,
  choices: RuntimeChoices = {},
): Promise<RegistryRuntime> {
  const settings = registrySettings(configuration)
  const store = await openStore({
    service: 'idp-registry',
    dataDirectory: configuration.dataDirectory,
    wantsMongodb: configuration.mongodbUri !== undefined,
    onUnreadable: (refusal) => {
      log.error({ error: refusal }, 'a document cannot be read and is left out')
    },
    onState: logDatabaseState(log),
  })
  const policy = choices.policy ?? createAddressPolicy({ allow: settings.fetchAllow })
  return {
    settings,
    log,
    clock: choices.clock ?? new SystemClock(),
    store,
    feed: await ServiceFeed.open({ service: 'idp-registry', configuration, log }),
    policy,
    fetcher: choices.fetcher ?? createSafeFetcher({ policy }),
  }
}
