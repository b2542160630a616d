// Owns what every adapter of the storage port must do, as tests that an adapter's own spec registers (vitest).
// Must not know: any engine; what only one engine does (a crash at each step, file modes) is tested beside that adapter.
// Reached as `@cambio/store/conformance`, never from the main entry.
import { describe } from 'vitest'

import { auditConformance } from './audit.conformance.js'
import { contentionConformance } from './contention.conformance.js'
import { documentConformance } from './document.conformance.js'
import { idempotencyConformance } from './idempotency.conformance.js'
import { leaseConformance } from './lease.conformance.js'
import { listingConformance } from './listing.conformance.js'
import { outboxConformance } from './outbox.conformance.js'
import { scanConformance } from './scan.conformance.js'
import { schemaConformance } from './schema.conformance.js'
import { singleUseConformance } from './single-use.conformance.js'
import { tenancyConformance } from './tenancy.conformance.js'
import { uniqueKeyConformance } from './unique-key.conformance.js'
import { type StoreConformance } from './use-store.js'

export { type OpenedStore, type StoreConformance, type StoreListeners } from './use-store.js'
export { sampleDefinition } from './sample.js'

/** Registers the suite for one adapter. An adapter is done when it passes, unchanged. Source: docs/architecture.md, Storage. */
export function storeConformance(conformance: StoreConformance): void {
  describe(`the storage port on ${conformance.name}`, () => {
    documentConformance(conformance)
    tenancyConformance(conformance)
    uniqueKeyConformance(conformance)
    contentionConformance(conformance)
    listingConformance(conformance)
    outboxConformance(conformance)
    scanConformance(conformance)
    schemaConformance(conformance)
    leaseConformance(conformance)
    singleUseConformance(conformance)
    auditConformance(conformance)
    idempotencyConformance(conformance)
  })
}
