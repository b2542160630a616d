import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PLATFORM } from '@cambio/contracts'
import { type OAuthFailure } from '@cambio/oauth'
import { type AuditBatch, type AuditLog, type AuditRecord } from '@cambio/store'

import { type DecisionRecord } from '../token-endpoint/decision-record.js'

/** Records that wait in memory at most; about 50 MB. Above it new ones are dropped and counted. */
const MAX_WAITING = 50_000

/** Records of one atomic write: on embedded storage each holds the event loop, this many for a few milliseconds. */
const MAX_BATCH = 100

export interface DecisionLogOptions {
  /** Names this process in the gap-free sequence of its records. */
  readonly writer: string
  /** Told once when writing begins to fail and once when it works again. */
  readonly onState: (state: 'failing' | 'writing', error?: unknown) => void
  /** How long records are gathered. Default 100 ms. */
  readonly flushIntervalMs?: number
}

/** What operators watch. */
export interface DecisionLogStatus {
  readonly waiting: number
  readonly dropped: number
}

/**
 * Writes the audit record of every decision, behind the answers and in batches: an exchange never waits for the database, and
 * goes on when the database is away. A batch keeps its id until it is known to be written, so none is written twice.
 */
export class DecisionLog {
  readonly #waiting = new Map<string, AuditRecord[]>()
  #waitingCount = 0
  #dropped = 0
  #inFlight: AuditBatch | undefined
  #failing = false
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly audit: AuditLog,
    private readonly options: DecisionLogOptions,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), this.options.flushIntervalMs ?? 100).unref()
  }

  /** Writes what waits, as far as the store lets it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.flush()
    if (this.#waitingCount > 0) await this.flush()
  }

  /** @param failure absent when a token was issued */
  add(record: DecisionRecord, failure: OAuthFailure | undefined): void {
    if (this.#waitingCount >= MAX_WAITING) {
      this.#dropped += 1
      return
    }
    const auditRecord = toAuditRecord(record, failure)
    const records = this.#waiting.get(auditRecord.org)
    if (records === undefined) this.#waiting.set(auditRecord.org, [auditRecord])
    else records.push(auditRecord)
    this.#waitingCount += 1
  }

  status(): DecisionLogStatus {
    return { waiting: this.#waitingCount, dropped: this.#dropped }
  }

  /** One pass over all that waits; a second call joins the first. */
  async flush(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #writeAll(): Promise<void> {
    for (let batch = this.#nextBatch(); batch !== undefined; batch = this.#nextBatch()) {
      try {
        await this.audit.append(batch)
      } catch (error) {
        if (!this.#failing) this.options.onState('failing', error)
        this.#failing = true
        return // the same batch is tried again in the next pass
      }
      if (this.#failing) this.options.onState('writing')
      this.#failing = false
      this.#inFlight = undefined
      this.#waitingCount -= batch.records.length
      await nextTurn() // requests that came meanwhile go first
    }
  }

  #nextBatch(): AuditBatch | undefined {
    if (this.#inFlight !== undefined) return this.#inFlight
    for (const [org, records] of this.#waiting) {
      const taken = records.splice(0, MAX_BATCH)
      if (records.length === 0) this.#waiting.delete(org)
      this.#inFlight = { id: randomUUID(), org, writer: this.options.writer, records: taken }
      return this.#inFlight
    }
    return undefined
  }
}

function toAuditRecord(record: DecisionRecord, failure: OAuthFailure | undefined): AuditRecord {
  const client = record.client ?? record.claimed
  return {
    id: randomUUID(),
    org: client?.org ?? PLATFORM,
    at: new Date(record.atMs),
    requestId: record.requestId,
    ...(client !== undefined && { clientId: client.clientId }),
    outcome: failure?.reason ?? 'issued',
    action: 'token.issue',
    detail: {
      ...(record.grantType !== undefined && { grantType: record.grantType }),
      ...(record.detail !== undefined && { ...record.detail }),
      ...(failure?.detail !== undefined && { refused: failure.detail }),
      ...(record.tokenId !== undefined && { jti: record.tokenId }),
    },
  }
}
