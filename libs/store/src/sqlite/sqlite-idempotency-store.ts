import { randomUUID } from 'node:crypto'

import { IdempotencyStore, type IdempotencyClaim, type IdempotencyRequest } from '../port/idempotency-store.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { integer, optionalBytes, text, type SqliteRow } from './sqlite-rows.js'

/** Expired rows that a claim clears away. More than the one it adds, so the table shrinks to what is alive, without a timer. */
const clearedByClaim = 4

/** `IdempotencyStore` on a table with one row a key; `claim` in it is the token of whoever works on it now. */
export class SqliteIdempotencyStore extends IdempotencyStore {
  readonly #connection: SqliteConnection
  readonly #now: () => number

  constructor(connection: SqliteConnection, now: () => number) {
    super()
    this.#connection = connection
    this.#now = now
  }

  async claim(request: IdempotencyRequest): Promise<IdempotencyClaim> {
    return this.#connection.write('claim-request', (mark) => {
      const now = this.#now()
      this.#connection
        .sql('DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)')
        .run(now, clearedByClaim)
      const row = this.#connection.sql('SELECT * FROM idempotency WHERE key = ?').get(request.key)
      const known = row === undefined ? undefined : stateOf(row, now)
      if (known !== undefined) return known
      const claim = randomUUID()
      this.#connection
        .sql(
          `INSERT INTO idempotency (key, fingerprint, claim, pending_until, expires_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, claim = excluded.claim,
             pending_until = excluded.pending_until, expires_at = excluded.expires_at, answer = NULL`,
        )
        .run(request.key, request.fingerprint, claim, request.pendingUntil.getTime(), request.expiresAt.getTime())
      mark('written')
      return { state: 'claimed', claim }
    })
  }

  async complete(key: string, claim: string, answer: Uint8Array): Promise<boolean> {
    return this.#connection.write('complete', () => {
      const { changes } = this.#connection
        .sql('UPDATE idempotency SET answer = ? WHERE key = ? AND claim = ? AND answer IS NULL AND expires_at > ?')
        .run(answer, key, claim, this.#now())
      return changes === 1
    })
  }

  async release(key: string, claim: string): Promise<void> {
    await this.#connection.write('release-request', () => {
      this.#connection.sql('DELETE FROM idempotency WHERE key = ? AND claim = ? AND answer IS NULL').run(key, claim)
    })
  }
}

/** What a row means for one who comes now; `undefined`: nothing any more, it can be claimed. */
function stateOf(row: SqliteRow, now: number): IdempotencyClaim | undefined {
  if (integer(row, 'expires_at') <= now) return undefined
  const fingerprint = text(row, 'fingerprint')
  const answer = optionalBytes(row, 'answer')
  if (answer !== undefined) return { state: 'done', fingerprint, answer: Uint8Array.from(answer) }
  return integer(row, 'pending_until') > now ? { state: 'pending', fingerprint } : undefined
}
