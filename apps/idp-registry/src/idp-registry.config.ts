import { join } from 'node:path'

import { type FetchAllowList, parseFetchAllow } from '@cambio/safe-fetch'
import { type Configuration, StartRefusal } from '@cambio/service-kit'

/** What the registry takes from its configuration beside what every service takes. */
export interface RegistrySettings {
  /** The `iss` of our own tokens. */
  readonly issuer: string
  readonly databaseFile: string
  /** Private addresses that the operator opened for fetching. */
  readonly fetchAllow: FetchAllowList
  /** Keeps answers for an `Idempotency-Key`; at least 32 bytes, the same for all replicas. */
  readonly idempotencySecret: Uint8Array
}

/** @throws StartRefusal for what only this service can judge: a list of addresses, and a database that it has no adapter for */
export function registrySettings(configuration: Configuration<'idp-registry'>): RegistrySettings {
  // Storing in another place than the operator asked for would look like a loss of data later.
  if (configuration.mongodbUri !== undefined) {
    throw new StartRefusal('MONGODB_URI is set, and MongoDB support is not in this version yet: unset it to store in embedded SQLite.')
  }
  const fetchAllow = parseFetchAllow((configuration.fetchAllow ?? []).join(','))
  if (!fetchAllow.ok) throw new StartRefusal(`CAMBIO_FETCH_ALLOW is malformed, ${fetchAllow.failure.detail}.`)
  return {
    issuer: configuration.issuer,
    databaseFile: join(configuration.dataDirectory, 'idp-registry.db'),
    fetchAllow: fetchAllow.value,
    idempotencySecret: configuration.snapshotKey.reveal(),
  }
}
