import { confirmFeedEntry, type FeedKind } from '@cambio/contracts'

import { splitFeedKey } from '../feed/feed-codec.js'
import { type RpcClient } from '../rpc/rpc-client.js'

const PARALLEL = 8
const DEADLINE_MS = 1_000

/** What a replica holds at a key that the bucket contradicts. */
export interface HeldEntry {
  readonly rev: number
  readonly content: string
}

/** What the owner says of a missing entry: its own entry, or that there is none. */
export interface MissingEntryListener {
  found(key: string, message: unknown): void
  unknown(key: string): void
}

/**
 * Keys that this replica holds and the bucket lacks or contradicts, or whose revision it does not believe the bucket. None is dropped
 * before its owner has said that it knows it no more.
 */
export class MissingEntries {
  readonly #kind: FeedKind
  readonly #rpc: RpcClient
  readonly #listener: MissingEntryListener
  readonly #keys = new Map<string, HeldEntry | undefined>()
  #asking: Promise<void> | undefined

  constructor(kind: FeedKind, rpc: RpcClient, listener: MissingEntryListener) {
    this.#kind = kind
    this.#rpc = rpc
    this.#listener = listener
  }

  /** Keys that still wait for the owner's word. */
  get size(): number {
    return this.#keys.size
  }

  /** @param held what the owner has to put a higher revision above, if it is not its own */
  add(key: string, held?: HeldEntry): void {
    this.#keys.set(key, held)
  }

  /** It is in the bucket after all. */
  delete(key: string): void {
    this.#keys.delete(key)
  }

  /** Asks the owner for every key, once; those it cannot answer now wait for the next call. */
  async ask(): Promise<void> {
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = undefined
    })
    await this.#asking
  }

  async #askAll(): Promise<void> {
    const queue = [...this.#keys.keys()]
    const worker = async (): Promise<void> => {
      for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
        // An owner that is away is away for all of them.
        if (!(await this.#askOne(key))) queue.length = 0
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, worker))
  }

  async #askOne(key: string): Promise<boolean> {
    const parts = splitFeedKey(key)
    // Rubbish at a key that no aggregate can have: there is nothing to ask, and a refused question must not end those for the others.
    if (parts === undefined) this.#keys.delete(key)
    if (parts === undefined || !this.#keys.has(key)) return true
    const held = this.#keys.get(key)
    const question = { kind: this.#kind, ...parts, ...(held === undefined ? {} : { held }) }
    const answer = await this.#rpc.ask(confirmFeedEntry(this.#kind), question, { deadlineMs: DEADLINE_MS })
    if (!answer.ok) return false
    // The bucket may have brought it in the meantime.
    if (!this.#keys.delete(key)) return true
    if (answer.value.entry === null) this.#listener.unknown(key)
    else this.#listener.found(key, answer.value.entry)
    return true
  }
}
