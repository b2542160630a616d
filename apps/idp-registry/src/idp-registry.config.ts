import { type FetchAllowList, parseFetchAllow } from '@cambio/safe-fetch'
import { type Configuration, StartRefusal } from '@cambio/service-kit'

/** What the registry takes from its configuration beside what every service takes. */
export interface RegistrySettings {
  /** The `iss` of our own tokens. */
  readonly issuer: string
  /** Private addresses that the operator opened for fetching. */
  readonly fetchAllow: FetchAllowList
  /** Keeps answers for an `Idempotency-Key`; at least 32 bytes, the same for all replicas. */
  readonly idempotencySecret: Uint8Array
}

/** @throws StartRefusal for what only this service can judge: the list of addresses */
export function registrySettings(configuration: Configuration<'idp-registry'>): RegistrySettings {
  const fetchAllow = parseFetchAllow((configuration.fetchAllow ?? []).join(','))
  if (!fetchAllow.ok) throw new StartRefusal(`CAMBIO_FETCH_ALLOW is malformed, ${fetchAllow.failure.detail}.`)
  return {
    issuer: configuration.issuer,
    fetchAllow: fetchAllow.value,
    idempotencySecret: configuration.snapshotKey.reveal(),
  }
}
