// Owns the storage port (versioned documents, leases, single use, audit, idempotency), its adapters and the
// replica's local file: everything that one of our processes keeps on a disk or in a database.
// Must not know: what the documents mean, the wire of the feed (NATS), HTTP, or any framework.
export { ok, refused, type Result } from './port/result.js'
export {
  type DocumentDefinition,
  type DocumentIdentity,
  type DocumentToIndex,
  type StoredDocument,
  type Tombstone,
  type StoredEntry,
} from './port/document.js'
export {
  Collection,
  type AlreadyExists,
  type InvalidCursor,
  type ListQuery,
  type NotFound,
  type Page,
  type RevConflict,
  type ScanOptions,
} from './port/collection.js'
export { type Json } from './port/json.js'
export { LeaseStore, type Lease } from './port/lease-store.js'
export { SingleUseStore } from './port/single-use-store.js'
export { AuditLog, type AuditBatch, type AuditEntry, type AuditQuery, type AuditRecord } from './port/audit-log.js'
export { IdempotencyStore, type IdempotencyClaim, type IdempotencyRequest } from './port/idempotency-store.js'
export { Store } from './port/store.js'
export { StoreUnavailable, StoreOpenError, SchemaTooNew, UnreadableDocument, type Unreadable } from './port/store.errors.js'
export { documentSteps, type StepHook, type StoreStep } from './port/step.js'
export { BackgroundStore } from './background/background-store.js'
export { type StoreState } from './background/store-opener.js'
export { openStore, type OpenStoreOptions } from './open-store.js'
export { openSqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js'
export {
  openReplicaFile,
  type OpenedReplicaFile,
  type ReplicaFileOptions,
  replicaFileSteps,
  type UnusableReplicaFile,
} from './replica-file/sqlite-replica-file.js'
export { REPLICA_SLOTS, type ReplicaSlot, takeReplicaSlot } from './replica-file/replica-slot.js'
export { ReplicaFile, ReplicaFileCorrupt, type ReplicaRow } from './replica-file/replica-file.js'
