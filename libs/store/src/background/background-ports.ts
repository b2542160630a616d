import { type AuditBatch, type AuditEntry, AuditLog, type AuditQuery } from '../port/audit-log.js'
import { type InvalidCursor, type Page } from '../port/collection.js'
import { type IdempotencyClaim, type IdempotencyRequest, IdempotencyStore } from '../port/idempotency-store.js'
import { type Lease, LeaseStore } from '../port/lease-store.js'
import { type Result } from '../port/result.js'
import { SingleUseStore } from '../port/single-use-store.js'
import { type StoreOpener } from './store-opener.js'

export class BackgroundLeaseStore extends LeaseStore {
  readonly #opener: StoreOpener

  constructor(opener: StoreOpener) {
    super()
    this.#opener = opener
  }

  async acquire(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined> {
    return this.#opener.use('acquire').leases().acquire(name, holder, ttlSeconds)
  }

  async renew(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined> {
    return this.#opener.use('renew').leases().renew(name, holder, ttlSeconds)
  }

  async release(name: string, holder: string): Promise<void> {
    return this.#opener.use('release').leases().release(name, holder)
  }
}

export class BackgroundSingleUseStore extends SingleUseStore {
  readonly #opener: StoreOpener

  constructor(opener: StoreOpener) {
    super()
    this.#opener = opener
  }

  async claim(namespace: string, key: string, expiresAt: Date): Promise<boolean> {
    const isFirst = await this.#opener.use('claim').singleUse().claim(namespace, key, expiresAt)
    this.#opener.assertInPlace('claim')
    return isFirst
  }
}

export class BackgroundAuditLog extends AuditLog {
  readonly #opener: StoreOpener

  constructor(opener: StoreOpener) {
    super()
    this.#opener = opener
  }

  async append(batch: AuditBatch): Promise<{ readonly firstSeq: number; readonly lastSeq: number }> {
    const appended = await this.#opener.use('append').audit().append(batch)
    this.#opener.assertInPlace('append')
    return appended
  }

  async page(org: string, query: AuditQuery): Promise<Result<Page<AuditEntry>, InvalidCursor>> {
    return this.#opener.use('page').audit().page(org, query)
  }
}

export class BackgroundIdempotencyStore extends IdempotencyStore {
  readonly #opener: StoreOpener

  constructor(opener: StoreOpener) {
    super()
    this.#opener = opener
  }

  async claim(request: IdempotencyRequest): Promise<IdempotencyClaim> {
    return this.#opener.use('claim').idempotency().claim(request)
  }

  async complete(key: string, claim: string, answer: Uint8Array): Promise<boolean> {
    return this.#opener.use('complete').idempotency().complete(key, claim, answer)
  }

  async release(key: string, claim: string): Promise<void> {
    return this.#opener.use('release').idempotency().release(key, claim)
  }
}
