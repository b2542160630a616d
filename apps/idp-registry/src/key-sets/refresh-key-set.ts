import { type SafeFetcher } from '@cambio/safe-fetch'
import { type StoredDocument } from '@cambio/store'
import { acceptKeySet } from '@cambio/token-trust'

import { type Clock } from '../clock/clock.js'
import { codeOfFetch } from '../discovery/fetch-findings.js'
import { type IdentityProviderStore } from '../identity-providers/identity-provider.store.js'
import { type IdentityProvider } from '../identity-providers/identity-provider.js'
import { attempted, failedRefresh, hasSameKeys, inlineKeySet, type KeySet, keySetFor, refreshed } from './key-set.js'
import { fetchKeySet } from './key-set-fetch.js'
import { type KeySetStore } from './key-set.store.js'
import { minAttemptDistanceMs, type RefreshCause, remainingDistanceMs, unknownKidDistanceMs } from './refresh-schedule.js'
import { Slots } from './slots.js'

/** What became of a refresh; `keySet` is the state afterwards. `absent`: no such provider. */
export type RefreshResult =
  | { readonly outcome: 'refreshed' | 'unchanged' | 'failed'; readonly keySet: StoredDocument<KeySet> }
  | { readonly outcome: 'limited'; readonly keySet: StoredDocument<KeySet>; readonly retryAfterMs: number }
  | { readonly outcome: 'absent' }

export interface KeySetRefresherParts {
  readonly providers: IdentityProviderStore
  readonly keySets: KeySetStore
  readonly fetcher: SafeFetcher
  readonly clock: Clock
  /** Told of every key set that was written. */
  readonly onWritten: (written: StoredDocument<KeySet>) => void
}

/** Fetches of all providers together that run at once. */
const parallelFetches = 8

interface LastAttempts {
  anyMs: number
  unknownKidMs: number
}

/**
 * Fetches the keys of one provider again, whoever wants it, within the limits of docs/protocol.md, "Keys of an IdP": one
 * request at a time for each provider, and the distances between attempts. The limits hold in this process by its
 * monotonic clock, and between replicas by what the key set's document says.
 */
export class KeySetRefresher {
  readonly #parts: KeySetRefresherParts
  readonly #slots = new Slots(parallelFetches)
  readonly #underWay = new Map<string, Promise<RefreshResult>>()
  readonly #lastAttempts = new Map<string, LastAttempts>()

  constructor(parts: KeySetRefresherParts) {
    this.#parts = parts
  }

  /** Joins a refresh of the same provider that is under way. @throws StoreUnavailable */
  async refresh(org: string, id: string, cause: RefreshCause): Promise<RefreshResult> {
    const underWay = this.#underWay.get(id)
    if (underWay !== undefined) return underWay
    const started = this.#slots.run(() => this.#refresh(org, id, cause)).finally(() => this.#underWay.delete(id))
    this.#underWay.set(id, started)
    return started
  }

  /** The key set without a fetch, if it holds a key of this `kid` and belongs to the provider's source of keys. */
  async holding(org: string, id: string, kid: string): Promise<StoredDocument<KeySet> | undefined> {
    const stored = await this.#parts.keySets.get(org, id)
    if (stored?.value.keys.some((key) => key.kid === kid) !== true) return undefined
    const provider = await this.#parts.providers.get(org, id)
    return provider?.value.keySource === stored.value.keySource ? stored : undefined
  }

  /** Forgets a provider that is gone. */
  forget(id: string): void {
    this.#lastAttempts.delete(id)
  }

  async #refresh(org: string, id: string, cause: RefreshCause): Promise<RefreshResult> {
    // In this order: a change of the provider's address ends with a write of its key set, so that a claim based on an
    // older key set fails, and one on a newer key set has seen the new address. What belongs to another source goes.
    const before = await this.#parts.keySets.get(org, id)
    const provider = await this.#parts.providers.get(org, id)
    if (provider === undefined || before === undefined) return { outcome: 'absent' }
    const { jwksUri } = provider.value
    if (jwksUri === undefined) return this.#restoreInline(provider.value, before)
    // Nobody is served by the keys of a disabled provider, so strangers' tokens cause no request to it.
    const retryAfterMs = cause === 'unknown_kid' && !provider.value.enabled ? unknownKidDistanceMs : this.#retryAfterMs(before, cause)
    if (retryAfterMs > 0) return { outcome: 'limited', keySet: before, retryAfterMs }
    const { clock, keySets } = this.#parts
    this.#count(id, cause)
    const claimed = await keySets.replace(
      org,
      id,
      before.rev,
      attempted(keySetFor(provider.value, before.value), clock.now(), { unknownKid: cause === 'unknown_kid' }),
    )
    if (!claimed.ok) return this.#overtaken(org, id)
    return this.#fetchInto(claimed.value, jwksUri)
  }

  async #fetchInto(claimed: StoredDocument<KeySet>, jwksUri: string): Promise<RefreshResult> {
    const { org, id, rev, value } = claimed
    const { fetcher, clock, keySets, providers } = this.#parts
    const fetched = await fetchKeySet(fetcher, jwksUri)
    const failure = fetched.ok ? (fetched.acceptance.verdict === 'usable' ? undefined : 'no_usable_keys') : codeOfFetch(fetched.failure)
    const next =
      fetched.ok && failure === undefined
        ? refreshed(value, fetched.acceptance.keys, fetched.freshForSeconds, clock.now())
        : failedRefresh(value, failure ?? 'unreachable')
    const isSameSource = (await providers.get(org, id))?.value.keySource === value.keySource
    const written = isSameSource ? await keySets.replace(org, id, rev, next) : undefined
    // A purge, or a change of where the keys come from, came in between: what was fetched before it does not count.
    if (written?.ok !== true) return this.#overtaken(org, id)
    this.#parts.onWritten(written.value)
    if (failure !== undefined) return { outcome: 'failed', keySet: written.value }
    return { outcome: hasSameKeys(value, written.value.value) ? 'unchanged' : 'refreshed', keySet: written.value }
  }

  /** Keys that were given need no fetch; after a purge, or a change that was cut short, they come back. */
  async #restoreInline({ jwks, keySource }: IdentityProvider, before: StoredDocument<KeySet>): Promise<RefreshResult> {
    const { org, id, rev, value } = before
    if (value.keys.length > 0 && value.keySource === keySource) return { outcome: 'unchanged', keySet: before }
    const restored = inlineKeySet(acceptKeySet(jwks).keys, { keySource, at: this.#parts.clock.now() })
    const written = await this.#parts.keySets.replace(org, id, rev, restored)
    if (!written.ok) return this.#overtaken(org, id)
    this.#parts.onWritten(written.value)
    return { outcome: 'refreshed', keySet: written.value }
  }

  async #overtaken(org: string, id: string): Promise<RefreshResult> {
    const keySet = await this.#parts.keySets.get(org, id)
    return keySet === undefined ? { outcome: 'absent' } : { outcome: 'limited', keySet, retryAfterMs: minAttemptDistanceMs }
  }

  #retryAfterMs(before: StoredDocument<KeySet>, cause: RefreshCause): number {
    const here = this.#lastAttempts.get(before.id)
    const nowMs = this.#parts.clock.monotonicMs()
    const afterAny = here === undefined ? 0 : here.anyMs + minAttemptDistanceMs - nowMs
    const afterUnknownKid = here === undefined || cause !== 'unknown_kid' ? 0 : here.unknownKidMs + unknownKidDistanceMs - nowMs
    return Math.max(0, afterAny, afterUnknownKid, remainingDistanceMs(before.value, this.#parts.clock.now(), cause))
  }

  #count(id: string, cause: RefreshCause): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const before = this.#lastAttempts.get(id)
    this.#lastAttempts.set(id, {
      anyMs: nowMs,
      unknownKidMs: cause === 'unknown_kid' ? nowMs : (before?.unknownKidMs ?? Number.NEGATIVE_INFINITY),
    })
  }
}
