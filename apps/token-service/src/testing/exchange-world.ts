import { type FeedKind, type FeedValue, type SigningKeyValue } from '@cambio/contracts'
import { createNatsLink, RpcClient } from '@cambio/messaging'
import { openSqliteStore, type Store } from '@cambio/store'
import {
  aKeySet,
  anApi,
  anApplication,
  anIdp,
  anOrganization,
  captureLogs,
  feedEntry,
  type FeedEntryOptions,
  type FixedClock,
  fixedClock,
  FIXED_NOW_MS,
  IDS,
  ISSUER_B,
  keyB,
} from '@cambio/testing'

import { type ApplicationClient } from '../directory/clients.projection.js'
import { Directory } from '../directory/directory.js'
import { type ExchangePorts, type KeyRefresher } from '../grants/token-exchange/exchange-ports.js'
import { makeSigningKey } from '../signing-keys/signing-key.js'
import { SigningKeysProjection } from '../signing-keys/signing-keys.projection.js'
import { RegistryKeyRefresher } from '../trust/registry-key-refresher.js'
import { StoredTokenUse } from '../trust/stored-token-use.js'

/** Our own `iss` in specs. */
export const OWN_ISSUER = 'https://cambio.test'

export const KEY_ENCRYPTION_KEY = Buffer.alloc(32, 7)

/** Ids of what `exchangeWorld()` knows besides `IDS`. */
export const MORE_IDS = {
  organizationT2: 'org_00000000000000000000000000000002',
  identityProviderB: 'idp_0000000000000000000000000000000b' as typeof IDS.identityProvider,
  billing: 'api_00000000000000000000000000000002' as typeof IDS.api,
} as const

/** A refresher whose registry cannot be reached, as when NATS is away. */
export function unreachableRegistry(): KeyRefresher {
  const log = captureLogs().logger
  const link = createNatsLink({ servers: 'nats://127.0.0.1:1', name: 'spec', log })
  void link.close()
  return new RegistryKeyRefresher(new RpcClient(link, log), () => undefined)
}

let signingKey: Promise<SigningKeyValue> | undefined

/** Everything that a decision reads, real and in memory, at `FIXED_NOW`. */
export class ExchangeWorld {
  readonly clock: FixedClock = fixedClock()
  readonly directory = new Directory()
  readonly signingKeys = new SigningKeysProjection(KEY_ENCRYPTION_KEY, () => undefined)
  readonly ports: ExchangePorts
  readonly #feeds: { readonly [K in FeedKind]: (entry: ReturnType<typeof feedEntry<K>>) => void } = {
    organizations: (entry) => {
      this.directory.organizations.apply(entry)
    },
    'admin-clients': (entry) => {
      this.directory.clients.applyAdminClient(entry)
    },
    'identity-providers': (entry) => {
      this.directory.issuers.apply(entry)
    },
    'key-sets': (entry) => {
      this.directory.keySets.apply(entry)
    },
    apis: (entry) => {
      this.directory.apis.apply(entry)
    },
    applications: (entry) => {
      this.directory.clients.applyApplication(entry)
    },
    'signing-keys': (entry) => {
      this.signingKeys.apply(entry)
    },
    revocations: () => undefined,
  }

  private constructor(
    readonly store: Store,
    keyRefresher: KeyRefresher,
  ) {
    this.ports = {
      directory: this.directory,
      ownIssuer: OWN_ISSUER,
      keyRefresher,
      tokenUse: new StoredTokenUse(store.singleUse()),
      nowMs: this.clock.nowMs,
    }
  }

  /**
   * Organization T1 with identity providers A and B, the API `orders` to which `app1` is subscribed and `billing` to which it
   * is not; organization T2 with nothing. A key signs our tokens. Close the store at the end.
   */
  static async make(keyRefresher: KeyRefresher = unreachableRegistry()): Promise<ExchangeWorld> {
    const clock = { nowMs: (): number => FIXED_NOW_MS }
    const store = await openSqliteStore({ file: ':memory:', now: () => clock.nowMs() })
    const world = new ExchangeWorld(store, keyRefresher)
    clock.nowMs = world.clock.nowMs
    signingKey ??= makeSigningKey('ES256', KEY_ENCRYPTION_KEY, new Date(FIXED_NOW_MS - 86_400_000))
    return world
      .feed('signing-keys', await signingKey)
      .feed('organizations', anOrganization(), { id: IDS.organization })
      .feed('organizations', anOrganization({ handle: 't2', name: 'Organization T2' }), { id: MORE_IDS.organizationT2 })
      .feed('identity-providers', anIdp())
      .feed('key-sets', aKeySet())
      .feed('identity-providers', anIdp({ name: 'idp-b', issuer: ISSUER_B }), { id: MORE_IDS.identityProviderB })
      .feed('key-sets', aKeySet({}, [keyB()]), { id: MORE_IDS.identityProviderB })
      .feed('apis', anApi())
      .feed('apis', billing(), { id: MORE_IDS.billing })
      .feed('applications', anApplication())
  }

  /** Lets the projection of a kind take a value, or a deletion. */
  feed<K extends FeedKind>(kind: K, value: FeedValue<K> | null, options: FeedEntryOptions = {}): this {
    this.#feeds[kind](feedEntry(kind, value, options))
    return this
  }

  client(clientId = 'app1'): ApplicationClient {
    const client = this.directory.clients.byClientId(clientId)
    if (client?.kind !== 'application') throw new Error(`there is no application client ${clientId}`)
    return client
  }

  async end(): Promise<void> {
    await this.store.close()
  }
}

/** The API `urn:t1:billing` with a scope `read` of its own, and one that `orders` has not. */
export function billing(overrides: Partial<FeedValue<'apis'>> = {}): FeedValue<'apis'> {
  return anApi({
    name: 'Billing',
    handle: 'billing',
    identifier: 'urn:t1:billing',
    context: 'billing',
    scopes: ['read', 'pay'].map((name) => ({ name, fullyQualifiedName: `urn:t1:billing:${name}` })),
    resources: [],
    ...overrides,
  })
}
