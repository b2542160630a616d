import { type FeedEntry, type IdentityProviderValue, type KeySetValue } from '@cambio/contracts'
import { acceptKeySet, keyFreshness, type KeySetView, type VerificationKeys } from '@cambio/token-trust'

interface HeldKeySet {
  readonly org: string
  readonly keys: VerificationKeys | undefined
  readonly keySource: string
  readonly inline: boolean
  readonly verifiedAtSeconds: number
  readonly freshForSeconds: number
}

/** What a registration says about its keys. */
export interface KeyHolder {
  readonly org: string
  readonly id: string
  readonly value: Pick<IdentityProviderValue, 'keySource' | 'jwksMaxStaleSeconds'>
}

const NO_KEYS: KeySetView = { keys: undefined, freshness: 'expired' }

/** The keys of every identity provider. A set is judged anew here: the feed is a border too. */
export class KeySetsProjection {
  readonly #byIdentityProvider = new Map<string, HeldKeySet>()

  apply(entry: FeedEntry<KeySetValue>): void {
    const { value } = entry
    if (value?.verifiedAt == null) {
      this.#byIdentityProvider.delete(entry.id)
      return
    }
    const accepted = acceptKeySet({ keys: value.keys })
    this.#byIdentityProvider.set(entry.id, {
      org: entry.org,
      keys: accepted.verdict === 'usable' ? accepted.keys : undefined,
      keySource: value.keySource,
      inline: value.source === 'inline',
      verifiedAtSeconds: Date.parse(value.verifiedAt) / 1000,
      freshForSeconds: value.freshForSeconds,
    })
  }

  /**
   * The keys of a registration as they stand at a moment. Registration and key set arrive apart: keys that were fetched or
   * given for another source than the registration names now, before or after it, are none of its keys.
   */
  viewOf({ org, id, value: { keySource, jwksMaxStaleSeconds: maxStaleSeconds } }: KeyHolder, nowSeconds: number): KeySetView {
    const held = this.#byIdentityProvider.get(id)
    if (held?.org !== org || held.keySource !== keySource) return NO_KEYS
    if (held.inline) return { keys: held.keys, freshness: 'fresh' }
    const { keys, verifiedAtSeconds, freshForSeconds } = held
    return { keys, freshness: keyFreshness({ verifiedAtSeconds, freshForSeconds, maxStaleSeconds, nowSeconds }) }
  }
}
