import { type AuditLog } from '../port/audit-log.js'
import { type Collection } from '../port/collection.js'
import { type DocumentDefinition } from '../port/document.js'
import { type IdempotencyStore } from '../port/idempotency-store.js'
import { type LeaseStore } from '../port/lease-store.js'
import { type SingleUseStore } from '../port/single-use-store.js'
import { type StoreOpenError } from '../port/store.errors.js'
import { Store } from '../port/store.js'
import { BackgroundCollection } from './background-collection.js'
import { BackgroundAuditLog, BackgroundIdempotencyStore, BackgroundLeaseStore, BackgroundSingleUseStore } from './background-ports.js'
import { StoreOpener, type StoreOpenerOptions, type StoreState } from './store-opener.js'

/**
 * A store that is opened in the background, and opened again when it is lost. Collections may be declared at once; every
 * operation throws `StoreUnavailable` while no store is open. So a database that is away ends no process, at its start or
 * later (docs/architecture.md, Ports and defaults).
 */
export class BackgroundStore extends Store {
  readonly #opener: StoreOpener

  constructor(options: StoreOpenerOptions) {
    super()
    this.#opener = new StoreOpener(options)
  }

  /** Whether it can be used now. Reads memory only. */
  state(): StoreState {
    return this.#opener.state
  }

  /** Resolves when a store that was never open cannot be used whatever time passes: the start has failed. */
  get refused(): Promise<StoreOpenError> {
    return this.#opener.refused
  }

  /** Resolves when the first attempt to open it has ended, one way or the other. */
  async attempted(): Promise<void> {
    await this.#opener.attempted()
  }

  collection<T>(definition: DocumentDefinition<T>): Collection<T> {
    return new BackgroundCollection(this.#opener, definition)
  }

  leases(): LeaseStore {
    return new BackgroundLeaseStore(this.#opener)
  }

  singleUse(): SingleUseStore {
    return new BackgroundSingleUseStore(this.#opener)
  }

  audit(): AuditLog {
    return new BackgroundAuditLog(this.#opener)
  }

  idempotency(): IdempotencyStore {
    return new BackgroundIdempotencyStore(this.#opener)
  }

  async ping(): Promise<void> {
    await this.#opener.use('ping').ping()
  }

  async close(): Promise<void> {
    await this.#opener.close()
  }
}
