import { type StoredEntry } from '@cambio/store'

import { type Clock } from '../clock/clock.js'
import { type RegistrationAssessor } from '../discovery/assess-registration.js'
import { type KeySetStore } from '../key-sets/key-set.store.js'
import { type IdentityProviderStore } from './identity-provider.store.js'

/** Told of what was written, so that it is published at once; the outbox does it a moment later in any case. An injection token. */
export abstract class Announcements {
  /** Waits a short while until the write is on the feed. */
  abstract identityProvider(written: StoredEntry<unknown>): Promise<void>
  abstract keySet(written: StoredEntry<unknown>): void
}

/** What the use cases that change a registration work with. */
export interface RegistrationParts {
  readonly providers: IdentityProviderStore
  readonly keySets: KeySetStore
  readonly assessor: RegistrationAssessor
  readonly clock: Clock
  readonly announcements: Announcements
}
