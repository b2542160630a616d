import { type FeedRefusal } from '@cambio/contracts'

/**
 * Why a message at a key is not applied. `newer`: another version of the schema wrote it; `malformed`: nobody can read it; `leap`: its
 * revision is so far ahead that only its owner can tell whether it is forged; `projection`: our own index refused it.
 */
export type ParkedReason = FeedRefusal['code'] | 'leap' | 'projection'

/** Keys that are told apart; a bucket that somebody fills with rubbish must not fill this process too. */
const KEPT_MAX = 10_000

/** Keys whose parking is worth a line of the log. Beyond them the metric tells. */
const LOGGED_MAX = 100

/** The keys of one bucket whose message could not be applied; nothing of the messages themselves. */
export class ParkedMessages {
  readonly #reasons = new Map<string, ParkedReason>()
  #refused = 0

  /** Keys that are parked now, up to 10,000. */
  get size(): number {
    return this.#reasons.size
  }

  /** Messages that were not applied since the start, repeated ones included. */
  get refused(): number {
    return this.#refused
  }

  /** Whether there may be more than are told apart. */
  get isFull(): boolean {
    return this.#reasons.size >= KEPT_MAX
  }

  entries(): IterableIterator<[key: string, reason: ParkedReason]> {
    return this.#reasons.entries()
  }

  /** @returns whether it should be logged: not what is known already, and not one of very many */
  park(key: string, reason: ParkedReason): boolean {
    this.#refused += 1
    const isNews = this.#reasons.get(key) !== reason
    if (this.#reasons.has(key) || !this.isFull) this.#reasons.set(key, reason)
    return isNews && this.#reasons.size <= LOGGED_MAX
  }

  delete(key: string): void {
    this.#reasons.delete(key)
  }

  /** A key without a message has nothing parked. */
  keep(present: ReadonlySet<string>): void {
    for (const key of this.#reasons.keys()) if (!present.has(key)) this.#reasons.delete(key)
  }
}
