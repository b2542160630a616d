import { type LeaseStore, type StoredEntry } from '@cambio/store'

import { type Clock } from '../clock/clock.js'
import { type IdentityProviderStore, type StoredIdentityProvider } from '../identity-providers/identity-provider.store.js'
import { type CollectedProvider, CollectionPlan } from './collection-plan.js'
import { emptyKeySet, type KeySet, keySetFor } from './key-set.js'
import { type KeySetStore } from './key-set.store.js'
import { type KeySetRefresher } from './refresh-key-set.js'
import { isWanting } from './refresh-schedule.js'

export interface KeySetCollectorParts {
  readonly providers: IdentityProviderStore
  readonly keySets: KeySetStore
  readonly leases: LeaseStore
  readonly refresher: KeySetRefresher
  readonly clock: Clock
  readonly log: CollectorLog
  /** Unique to this process. */
  readonly holder: string
  /** 0 to below 1; default `Math.random`. */
  readonly random?: () => number
}

/** What the collector reports; names and codes only. */
export interface CollectorLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export const collectorLease = 'key-set-collector'
const leaseSeconds = 15
const tickMs = 1_000
const renewEveryMs = 5_000
/** How soon a provider that another replica created or enabled is taken up. */
const rescanEveryMs = 10_000
/** A creation writes its key set first; only one that has waited this long without its provider is an orphan. */
const orphanAfterMs = 60_000
const chunkSize = 500

/**
 * Keeps the keys of all enabled providers current: one collector for all replicas, by a lease; what it does stays correct
 * when two do it for a moment. It also puts right what a crash between the two documents of a provider left behind.
 * Source: docs/architecture.md, Trust.
 */
export class KeySetCollector {
  readonly #parts: KeySetCollectorParts
  readonly #plan: CollectionPlan
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> | undefined
  /** Not awaited by a round: slow providers must not keep the lease from being renewed. */
  readonly #attempts = new Set<Promise<void>>()
  #holdsLease = false
  #renewedMs = Number.NEGATIVE_INFINITY
  #scannedMs = Number.NEGATIVE_INFINITY

  constructor(parts: KeySetCollectorParts) {
    this.#parts = parts
    this.#plan = new CollectionPlan(parts.random ?? Math.random)
  }

  /** Whether this process collects at the moment, and how many providers. */
  status(): { readonly collects: boolean; readonly providers: number } {
    return { collects: this.#holdsLease, providers: this.#plan.size }
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#ticking ??= this.tick()
        .catch((error: unknown) => {
          this.#report(error)
        })
        .finally(() => (this.#ticking = undefined))
    }, tickMs)
  }

  /** Ends after the attempts that are under way, and lets another replica collect at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#ticking
    await this.idle()
    if (this.#holdsLease) await this.#parts.leases.release(collectorLease, this.#parts.holder)
    this.#holdsLease = false
  }

  /** One round: lease, then what is new or gone, then what is due. @throws StoreUnavailable */
  async tick(): Promise<void> {
    if (!(await this.#holdLease())) {
      this.#plan.clear()
      this.#scannedMs = Number.NEGATIVE_INFINITY
      return
    }
    const nowMs = this.#parts.clock.monotonicMs()
    if (nowMs - this.#scannedMs >= rescanEveryMs) {
      await this.#scan()
      this.#scannedMs = nowMs
    }
    for (const provider of this.#plan.takeDue(this.#parts.clock.monotonicMs())) {
      const attempt = this.#collect(provider).finally(() => this.#attempts.delete(attempt))
      this.#attempts.add(attempt)
    }
  }

  /** Waits for the attempts that are under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#attempts)
  }

  /** The store's errors name the operation and the engine's state, never data. */
  #report(error: unknown): void {
    this.#parts.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'key sets could not be collected')
  }

  async #holdLease(): Promise<boolean> {
    const { leases, holder, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#renewedMs < renewEveryMs) return this.#holdsLease
    this.#renewedMs = nowMs
    this.#holdsLease = false
    this.#holdsLease = (await leases.acquire(collectorLease, holder, leaseSeconds)) !== undefined
    return this.#holdsLease
  }

  async #collect(provider: CollectedProvider): Promise<void> {
    const { refresher, clock } = this.#parts
    try {
      const result = await refresher.refresh(provider.org, provider.id, 'scheduled')
      if (result.outcome === 'absent') this.#plan.drop(provider.id)
      else if (result.outcome === 'limited') this.#plan.later(provider, clock.monotonicMs(), result.retryAfterMs)
      else this.#plan.next(provider, result.keySet.value, clock.monotonicMs())
      if (result.outcome === 'failed') {
        const { lastFailure, consecutiveFailures } = result.keySet.value
        this.#parts.log.warn(
          { org: provider.org, identityProvider: provider.id, lastFailure, consecutiveFailures },
          'keys could not be refreshed',
        )
      }
    } catch (error) {
      this.#plan.later(provider, clock.monotonicMs())
      this.#report(error)
    }
  }

  /** Takes up enabled providers with an address of keys, drops the others, and mends pairs that a crash broke. */
  async #scan(): Promise<void> {
    const { providers, clock } = this.#parts
    const collected = new Set<string>()
    const live = new Set<string>()
    for await (const chunk of providers.scan({ chunkSize })) {
      for (const stored of chunk) {
        if (stored.deleted) continue
        live.add(stored.id)
        const keySet = await this.#keySetOf(stored)
        if (keySet === undefined || stored.value.jwksUri === undefined || !stored.value.enabled) continue
        collected.add(stored.id)
        if (!this.#plan.has(stored.id)) this.#plan.begin(stored, keySet, clock.now(), clock.monotonicMs())
        else if (isWanting(keySet)) this.#plan.hasten(stored, keySet, clock.now(), clock.monotonicMs())
      }
    }
    for (const id of this.#plan.ids()) if (!collected.has(id)) this.#plan.drop(id)
    await this.#removeOrphans(live)
  }

  /**
   * The key set as the provider may use it. Where there is none, and where it belongs to another source, given keys are
   * restored from the registration; keys of an address come with the next attempt.
   */
  async #keySetOf({ org, id, value }: Pick<StoredIdentityProvider, 'org' | 'id' | 'value'>): Promise<KeySet | undefined> {
    const { keySets, refresher } = this.#parts
    const found = await keySets.get(org, id)
    const inserted = found === undefined ? await keySets.insert(org, id, emptyKeySet(value)) : undefined
    const stored = found ?? (inserted?.ok === true ? inserted.value : undefined)
    if (stored === undefined) return undefined
    const wantsRestoring = inserted !== undefined || stored.value.keySource !== value.keySource
    if (value.jwksUri === undefined && wantsRestoring) await refresher.refresh(org, id, 'scheduled')
    return keySetFor(value, stored.value)
  }

  async #removeOrphans(live: ReadonlySet<string>): Promise<void> {
    const { keySets, refresher } = this.#parts
    for await (const chunk of keySets.scan({ chunkSize })) {
      for (const stored of chunk) {
        if (!this.#isOrphan(stored, live) || (await this.#parts.providers.get(stored.org, stored.id)) !== undefined) continue
        await keySets.remove(stored.org, stored.id, stored.rev)
        refresher.forget(stored.id)
      }
    }
  }

  #isOrphan(stored: StoredEntry<KeySet>, live: ReadonlySet<string>): boolean {
    const age = this.#parts.clock.now().getTime() - stored.createdAt.getTime()
    return !stored.deleted && !live.has(stored.id) && age > orphanAfterMs
  }
}
