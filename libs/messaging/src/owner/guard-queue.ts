import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'

import { type KvEntry } from '@nats-io/kv'

/** What waits at most: more keys or bytes arrive only where somebody floods the bucket, or fills it anew. */
export const GUARD_KEYS_MAX = 1_000
const BYTES_MAX = 16 * 1024 * 1024

const PARALLEL = 16

/** Pause after a batch in which something was put right: a forger gets no more of this process than that. */
const PUT_RIGHT_PAUSE_MS = 100

/** How long nothing is looked at when it was too much, or could not be judged. Then one comparison looks at all of it. */
const REST_MS = 3_000

/** `explained` = nothing to do; `put right`; `compare` = only a comparison puts it right. */
export type Checked = 'explained' | 'put right' | 'compare'

export interface GuardQueueOptions {
  /** Judges the newest message of a key. Throws when it cannot be judged now. */
  readonly check: (entry: KvEntry) => Promise<Checked>
  /** What arrived was not all looked at: a comparison has to. At most once in 3 s. */
  readonly onMissed: (reason: string) => void
}

/** Messages that wait to be judged, the newest of each key: a few at a time, so that publishing and requests go on beside it. */
export class GuardQueue {
  readonly #options: GuardQueueOptions
  readonly #waiting = new Map<string, KvEntry>()
  #bytes = 0
  #resting: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #stopped = false

  constructor(options: GuardQueueOptions) {
    this.#options = options
  }

  offer(entry: KvEntry): void {
    if (this.#stopped || this.#resting !== undefined) return
    this.#bytes += entry.value.length - (this.#waiting.get(entry.key)?.value.length ?? 0)
    this.#waiting.set(entry.key, entry)
    if (this.#waiting.size > GUARD_KEYS_MAX || this.#bytes > BYTES_MAX) this.#rest('more arrived than can be judged one by one')
    else this.#draining ??= this.#drain()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#resting)
    this.#clear()
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0) {
      const results = await Promise.allSettled(this.#take().map(async (entry) => this.#options.check(entry)))
      const found = new Set(results.map((result) => (result.status === 'fulfilled' ? result.value : 'compare')))
      if (found.has('compare')) this.#rest('what arrived could not be put right by itself')
      await (found.has('put right') ? delay(PUT_RIGHT_PAUSE_MS) : nextTurn())
    }
    this.#draining = undefined
  }

  #take(): KvEntry[] {
    const batch = [...this.#waiting.values()].slice(0, PARALLEL)
    for (const { key, value } of batch) {
      this.#waiting.delete(key)
      this.#bytes -= value.length
    }
    return batch
  }

  #rest(reason: string): void {
    this.#clear()
    if (this.#stopped) return
    this.#resting ??= setTimeout(() => {
      this.#resting = undefined
      this.#options.onMissed(reason)
    }, REST_MS).unref()
  }

  #clear(): void {
    this.#waiting.clear()
    this.#bytes = 0
  }
}
