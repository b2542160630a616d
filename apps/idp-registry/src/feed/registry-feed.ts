import { type FeedOwner, type FeedOwners } from '@cambio/messaging'
import { type ServiceFeed } from '@cambio/service-kit'
import { type LeaseStore, type StoredDocument, type StoredEntry } from '@cambio/store'

import { type IdentityProvider, publicIdentityProvider } from '../identity-providers/identity-provider.js'
import { Announcements } from '../identity-providers/identity-provider.parts.js'
import { type IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { type KeySet, publicKeySet } from '../key-sets/key-set.js'
import { type KeySetStore } from '../key-sets/key-set.store.js'

export interface RegistryFeedParts {
  readonly feed: ServiceFeed
  readonly leases: LeaseStore
  readonly providers: IdentityProviderStore
  readonly keySets: KeySetStore
}

/** How long an answer waits for its change to be on the feed, so that whoever acts on the answer meets the change. */
const announceWithinMs = 250

/** The kinds that the registry owns, and how a write gets onto the feed at once. */
export class RegistryFeed extends Announcements {
  readonly owners: FeedOwners
  readonly #providers: FeedOwner<'identity-providers', IdentityProvider>
  readonly #keySets: FeedOwner<'key-sets', KeySet>

  constructor({ feed, leases, providers, keySets }: RegistryFeedParts) {
    super()
    this.#providers = feed.own({
      kind: 'identity-providers',
      leases,
      collection: providers,
      toFeedValue: ({ value }: StoredDocument<IdentityProvider>) => publicIdentityProvider(value),
    })
    this.#keySets = feed.own({
      kind: 'key-sets',
      leases,
      collection: keySets,
      toFeedValue: ({ value }: StoredDocument<KeySet>) => publicKeySet(value),
    })
    this.owners = feed.owners
  }

  override async identityProvider({ org, id, rev }: StoredEntry<unknown>): Promise<void> {
    this.#providers.publishSoon()
    await this.#providers.settled(org, id, rev, { deadlineMs: announceWithinMs })
  }

  override keySet(): void {
    this.#keySets.publishSoon()
  }
}
