import { type AuditLog } from './audit-log.js'
import { type Collection } from './collection.js'
import { type DocumentDefinition } from './document.js'
import { type IdempotencyStore } from './idempotency-store.js'
import { type LeaseStore } from './lease-store.js'
import { type SingleUseStore } from './single-use-store.js'

/** The database of one service: its collections and the narrow ports. An abstract class, to serve as injection token. */
export abstract class Store {
  /** The collection of that name, read and indexed by that definition. */
  abstract collection<T>(definition: DocumentDefinition<T>): Collection<T>

  abstract leases(): LeaseStore
  abstract singleUse(): SingleUseStore
  abstract audit(): AuditLog
  abstract idempotency(): IdempotencyStore

  /** Resolves if the engine answers. @throws StoreUnavailable if not, within 5 s */
  abstract ping(): Promise<void>

  /** Lets go of the engine; everything after it throws `StoreUnavailable`. A second call does nothing. */
  abstract close(): Promise<void>
}
