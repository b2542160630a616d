import { type KeySet } from './key-set.js'
import { firstAttemptDelayMs, minAttemptDistanceMs, nextAttemptDistanceMs } from './refresh-schedule.js'

/** A provider whose keys are collected. */
export interface CollectedProvider {
  readonly org: string
  readonly id: string
}

interface Planned extends CollectedProvider {
  readonly dueMs: number
}

/** When the keys of which provider are to be fetched; times are monotonic, so that a jump of the wall clock moves nothing (JW-23). */
export class CollectionPlan {
  readonly #planned = new Map<string, Planned>()

  constructor(private readonly random: () => number) {}

  get size(): number {
    return this.#planned.size
  }

  has(id: string): boolean {
    return this.#planned.has(id)
  }

  ids(): readonly string[] {
    return [...this.#planned.keys()]
  }

  /** Takes up a provider that is new to this collector. */
  begin(provider: CollectedProvider, keySet: KeySet, now: Date, nowMs: number): void {
    this.#put(provider, nowMs + firstAttemptDelayMs(keySet, now, this.random()))
  }

  /** Brings forward the attempt for a provider whose keys are gone; one that is under way stays as it is. */
  hasten(provider: CollectedProvider, keySet: KeySet, now: Date, nowMs: number): void {
    const planned = this.#planned.get(provider.id)
    if (planned === undefined || planned.dueMs === Number.POSITIVE_INFINITY) return
    this.#put(provider, Math.min(planned.dueMs, nowMs + firstAttemptDelayMs(keySet, now, this.random())))
  }

  /** Plans the next attempt after one that was made. */
  next(provider: CollectedProvider, keySet: KeySet, nowMs: number): void {
    this.#put(provider, nowMs + nextAttemptDistanceMs(keySet, this.random()))
  }

  /** An attempt was not allowed yet, or its outcome is not known. */
  later(provider: CollectedProvider, nowMs: number, retryAfterMs: number = minAttemptDistanceMs): void {
    this.#put(provider, nowMs + retryAfterMs)
  }

  drop(id: string): void {
    this.#planned.delete(id)
  }

  clear(): void {
    this.#planned.clear()
  }

  /** Takes out what is due; each comes back by `next` or `later`. */
  takeDue(nowMs: number): readonly CollectedProvider[] {
    const due = [...this.#planned.values()].filter(({ dueMs }) => dueMs <= nowMs)
    // The entry stays, far away, so that a rescan meanwhile does not begin it a second time.
    for (const { org, id } of due) this.#put({ org, id }, Number.POSITIVE_INFINITY)
    return due.map(({ org, id }) => ({ org, id }))
  }

  #put({ org, id }: CollectedProvider, dueMs: number): void {
    this.#planned.set(id, { org, id, dueMs })
  }
}
