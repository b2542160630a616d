import { type FeedEntry, type KeySetValue } from '@cambio/contracts'
import { acceptKeySet, keyFreshness, type KeySetView, type VerificationKeys } from '@cambio/token-trust'

interface HeldKeySet {
  readonly org: string
  readonly keys: VerificationKeys | undefined
  readonly inline: boolean
  readonly verifiedAtSeconds: number
  readonly freshForSeconds: number
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
      inline: value.source === 'inline',
      verifiedAtSeconds: Date.parse(value.verifiedAt) / 1000,
      freshForSeconds: value.freshForSeconds,
    })
  }

  /** The keys as they stand at a moment. @param maxStaleSeconds of the registration */
  viewOf(org: string, identityProvider: string, maxStaleSeconds: number, nowSeconds: number): KeySetView {
    const held = this.#byIdentityProvider.get(identityProvider)
    if (held?.org !== org) return NO_KEYS
    if (held.inline) return { keys: held.keys, freshness: 'fresh' }
    const { keys, verifiedAtSeconds, freshForSeconds } = held
    return { keys, freshness: keyFreshness({ verifiedAtSeconds, freshForSeconds, maxStaleSeconds, nowSeconds }) }
  }
}
