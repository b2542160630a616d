import { keySourceOf, newId, type Id } from '@cambio/contracts'
import { createAddressPolicy, createSafeFetcher, parseFetchAllow, type SafeFetcher } from '@cambio/safe-fetch'
import { openSqliteStore, type StepHook, type Store, type StoredDocument } from '@cambio/store'
import { anIdp, type HostileIdp } from '@cambio/testing'
import { acceptKeySet } from '@cambio/token-trust'

import { type IdentityProvider } from '../identity-providers/identity-provider.js'
import { identityProviderStore, type IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { collectedKeySet, emptyKeySet, type KeySet } from '../key-sets/key-set.js'
import { keySetStore, type KeySetStore } from '../key-sets/key-set.store.js'
import { KeySetRefresher } from '../key-sets/refresh-key-set.js'
import { TestClock } from './test-clock.js'

/** A fetcher for which the operator opened loopback. */
export function loopbackFetcher(): { fetcher: SafeFetcher; policy: ReturnType<typeof createAddressPolicy> } {
  const allow = parseFetchAllow('127.0.0.1,localhost')
  if (!allow.ok) throw new TypeError(allow.failure.detail)
  const policy = createAddressPolicy({ allow: allow.value })
  return { policy, fetcher: createSafeFetcher({ policy, timeouts: { connectMs: 500, totalMs: 1_000 } }) }
}

/** A real store in memory with a refresher over real HTTP, and a clock that a test moves. */
export class RegisteredKeys {
  readonly org = newId('organization')
  readonly clock = new TestClock()
  readonly written: StoredDocument<KeySet>[] = []
  readonly refresher: KeySetRefresher

  private constructor(
    readonly store: Store,
    readonly providers: IdentityProviderStore,
    readonly keySets: KeySetStore,
  ) {
    this.refresher = this.anotherRefresher()
  }

  /** @param step see `SqliteStoreOptions` */
  static async open(step?: StepHook): Promise<RegisteredKeys> {
    const store = await openSqliteStore({ file: ':memory:', ...(step === undefined ? {} : { step }) })
    return new RegisteredKeys(store, identityProviderStore(store), keySetStore(store))
  }

  /** As of another replica of the service: it shares nothing but the store. */
  anotherRefresher(clock: TestClock = this.clock): KeySetRefresher {
    const { providers, keySets, written } = this
    return new KeySetRefresher({ providers, keySets, fetcher: loopbackFetcher().fetcher, clock, onWritten: (one) => written.push(one) })
  }

  /** Registers a provider whose keys were collected a moment ago. */
  async add(idp: HostileIdp, more: Partial<IdentityProvider> = {}): Promise<Id<'identityProvider'>> {
    const id = newId('identityProvider')
    const { keys } = acceptKeySet(idp.jwks())
    const source = { issuer: idp.issuer, jwksUri: idp.jwksUri, ...more }
    const keySource = keySourceOf({ issuer: source.issuer, jwksUri: more.jwksUri ?? idp.jwksUri })
    await this.keySets.insert(this.org, id, collectedKeySet(keys, { keySource, freshForSeconds: 300, at: this.clock.now() }))
    await this.addProvider(id, { ...source, keySource })
    return id
  }

  async addProvider(id: Id<'identityProvider'>, more: Partial<IdentityProvider>): Promise<void> {
    const inserted = await this.providers.insert(this.org, id, { ...anIdp({ name: id.slice(-20) }), ...more })
    if (!inserted.ok) throw new TypeError(JSON.stringify(inserted.error))
  }

  async addEmptyKeySet(id: Id<'identityProvider'>): Promise<void> {
    await this.keySets.insert(this.org, id, emptyKeySet(anIdp()))
  }

  async provider(id: string): Promise<IdentityProvider> {
    const stored = await this.providers.get(this.org, id)
    if (stored === undefined) throw new TypeError('there is no such provider')
    return stored.value
  }

  async keySet(id: string): Promise<KeySet> {
    const stored = await this.keySets.get(this.org, id)
    if (stored === undefined) throw new TypeError('there is no such key set')
    return stored.value
  }

  async close(): Promise<void> {
    await this.store.close()
  }
}
