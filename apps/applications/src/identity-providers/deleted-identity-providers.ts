import { setTimeout as delay } from 'node:timers/promises'

import { type FeedEntry, type IdentityProviderValue } from '@cambio/contracts'
import { type Log } from '@cambio/service-kit'

/** What follows from the deletion of an identity provider. It may be called again for the same one. */
export type Forget = (org: string, identityProvider: string) => Promise<unknown>

const pauseMs = 1_000

/** Whoever asked the registry before the deletion has written by then, as an answer takes 1 s at most. */
const secondLookMs = 5_000

/**
 * Watches the feed for identity providers that were deleted, and has what refers to them removed, one after the other;
 * twice, since a reference may be made in the moment of the deletion. Every start sees the deletions of the last days
 * again, so an interruption loses nothing.
 */
export class DeletedIdentityProviders {
  readonly #forget: Forget
  readonly #log: Log
  readonly #waiting = new Map<string, { readonly org: string; readonly id: string }>()
  readonly #secondLooks = new Set<NodeJS.Timeout>()
  readonly #stopping = new AbortController()
  #working: Promise<void> | undefined

  constructor(forget: Forget, log: Log) {
    this.#forget = forget
    this.#log = log
  }

  /** The projection's side: only notes what is to be done. */
  apply({ org, id, deleted }: FeedEntry<IdentityProviderValue>): void {
    if (deleted !== true || this.#stopping.signal.aborted) return
    this.#take(org, id)
    const timer = setTimeout(() => {
      this.#secondLooks.delete(timer)
      this.#take(org, id)
    }, secondLookMs)
    this.#secondLooks.add(timer)
  }

  /** Ends after the one that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const timer of this.#secondLooks) clearTimeout(timer)
    await this.#working
  }

  #take(org: string, id: string): void {
    this.#waiting.set(id, { org, id })
    this.#begin()
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
      // One may have come in after the last look.
      if (this.#next() !== undefined) this.#begin()
    })
  }

  async #work(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        await this.#forget(next.org, next.id)
        this.#waiting.delete(next.id)
      } catch (error) {
        this.#log.warn({ error, id: next.id }, 'references to a deleted identity provider could not be removed; it is tried again')
        await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }

  #next(): { readonly org: string; readonly id: string } | undefined {
    if (this.#stopping.signal.aborted) return undefined
    const [first] = this.#waiting.values()
    return first
  }
}
