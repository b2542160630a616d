import { confirmFeedEntry, type FeedKind } from '@cambio/contracts'

import { splitFeedKey } from '../feed/feed-codec.js'
import { type RpcClient } from '../rpc/rpc-client.js'

const PARALLEL = 8
const DEADLINE_MS = 1_000

/** What the owner says of a missing entry: its own entry, or that there is none. */
export interface MissingEntryListener {
  found(key: string, message: unknown): void
  unknown(key: string): void
}

/** Keys that this replica holds and the bucket lacks. None is dropped before its owner has said that it knows it no more. */
export class MissingEntries {
  readonly #kind: FeedKind
  readonly #rpc: RpcClient
  readonly #listener: MissingEntryListener
  readonly #keys = new Set<string>()
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

  add(key: string): void {
    this.#keys.add(key)
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
    const queue = [...this.#keys]
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
    if (parts === undefined || !this.#keys.has(key)) return true
    const answer = await this.#rpc.ask(confirmFeedEntry(this.#kind), { kind: this.#kind, ...parts }, { deadlineMs: DEADLINE_MS })
    if (!answer.ok) return false
    // The bucket may have brought it in the meantime.
    if (!this.#keys.delete(key)) return true
    if (answer.value.entry === null) this.#listener.unknown(key)
    else this.#listener.found(key, answer.value.entry)
    return true
  }
}
