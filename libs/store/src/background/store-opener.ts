import { setTimeout as delay } from 'node:timers/promises'

import { StoreOpenError, StoreUnavailable } from '../port/store.errors.js'
import { type Store } from '../port/store.js'

export interface StoreOpenerOptions {
  /**
   * Opens the store, or throws `StoreOpenError`; one that `mayPass` is tried again.
   *
   * @param again whether it had been open before: then nothing new may be made in its place
   */
  readonly open: (again: boolean) => Promise<Store>
  /** Whether what was opened is still what lies in its place; a file may be moved away under an open connection. Default: yes. */
  readonly isInPlace?: () => boolean
  /** Told at each change; `reason` names no data. */
  readonly onState?: (state: StoreState) => void
  /** Between two attempts to open. Default 500. */
  readonly retryMs?: number
  /** Between two looks whether an open store still answers. Default 1,000. */
  readonly watchMs?: number
}

export interface StoreState {
  readonly isOpen: boolean
  /** Why it is not. */
  readonly reason?: string
}

/** Opens a store, looks after it, and opens it again when it is lost, for as long as the process lives. */
export class StoreOpener {
  /** Resolves when a store that was never open cannot be used whatever time passes, such as a damaged file: the start has failed. */
  readonly refused: Promise<StoreOpenError>
  readonly #options: StoreOpenerOptions
  readonly #closing = new AbortController()
  readonly #firstAttempt = Promise.withResolvers<undefined>()
  readonly #running: Promise<void>
  #store: Store | undefined
  #state: StoreState = { isOpen: false, reason: 'it is not open yet' }

  constructor(options: StoreOpenerOptions) {
    this.#options = options
    const refusal = Promise.withResolvers<StoreOpenError>()
    this.refused = refusal.promise
    this.#running = this.#run(refusal.resolve)
  }

  get state(): StoreState {
    return this.#state
  }

  /** Resolves when the first attempt has ended, one way or the other. */
  async attempted(): Promise<void> {
    await this.#firstAttempt.promise
  }

  /** The store that is open. @throws StoreUnavailable while none is */
  use(operation: string): Store {
    if (this.#store !== undefined && this.#state.isOpen) return this.#store
    throw new StoreUnavailable(operation, this.#state.reason ?? 'it is closed')
  }

  /** Makes sure, after a write, that it went to where the next start will look. @throws StoreUnavailable */
  assertInPlace(operation: string): void {
    if (this.#options.isInPlace?.() !== false) return
    this.#become({ isOpen: false, reason: 'it is not in its place any more' })
    throw new StoreUnavailable(operation, 'it is not in its place any more')
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#become({ isOpen: false, reason: 'it is closed' })
    await this.#running
    await this.#store?.close()
    this.#store = undefined
  }

  async #run(refuse: (error: StoreOpenError) => void): Promise<void> {
    const { retryMs = 500, watchMs = 1_000 } = this.#options
    while (!this.#closing.signal.aborted) {
      if (this.#state.isOpen && this.#store !== undefined) {
        await this.#look(this.#store)
      } else {
        const refusal = await this.#tryToOpen()
        if (refusal !== undefined) refuse(refusal)
        this.#firstAttempt.resolve(undefined)
        if (refusal !== undefined) return
      }
      await delay(this.#state.isOpen ? watchMs : retryMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined)
    }
  }

  async #tryToOpen(): Promise<StoreOpenError | undefined> {
    const lost = this.#store
    try {
      const opened = await this.#options.open(lost !== undefined)
      this.#store = opened
      await lost?.close().catch(() => undefined)
      this.#become({ isOpen: true })
      return undefined
    } catch (error) {
      // What is no refusal of the place is a fault in the adapter, which no repetition cures.
      const refusal =
        error instanceof StoreOpenError ? error : new StoreOpenError('the store', `The store cannot be opened: ${String(error)}`)
      this.#become({ isOpen: false, reason: refusal.message })
      // A process that has used the store goes on with what it has in memory, whatever became of the store.
      return refusal.mayPass || lost !== undefined ? undefined : refusal
    }
  }

  async #look(store: Store): Promise<void> {
    try {
      await store.ping()
      this.assertInPlace('ping')
    } catch (error) {
      this.#become({ isOpen: false, reason: error instanceof StoreUnavailable ? error.reason : 'it does not answer' })
    }
  }

  #become(state: StoreState): void {
    if (this.#state.isOpen === state.isOpen && this.#state.reason === state.reason) return
    if (this.#closing.signal.aborted && this.#state.reason === 'it is closed') return
    this.#state = state
    if (!this.#closing.signal.aborted) this.#options.onState?.(state)
  }
}
