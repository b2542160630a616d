import { LeaseStore, type Lease } from '../port/lease-store.js'
import { type SqliteConnection } from './sqlite-connection.js'
import { integer } from './sqlite-rows.js'

/** `LeaseStore` on a table whose rows stay, for their `term`. */
export class SqliteLeaseStore extends LeaseStore {
  readonly #connection: SqliteConnection
  readonly #now: () => number

  constructor(connection: SqliteConnection, now: () => number) {
    super()
    this.#connection = connection
    this.#now = now
  }

  async acquire(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined> {
    assertLength(ttlSeconds)
    return this.#connection.write('acquire', () => {
      const now = this.#now()
      const expiresAt = now + ttlSeconds * 1_000
      const row = this.#connection
        .sql(
          `INSERT INTO leases (name, holder, term, expires_at) VALUES (:name, :holder, 1, :expiresAt)
           ON CONFLICT (name) DO UPDATE SET
             term = term + (holder IS NOT excluded.holder OR expires_at <= :now), holder = excluded.holder, expires_at = excluded.expires_at
           WHERE holder IS NULL OR holder = excluded.holder OR expires_at <= :now
           RETURNING term`,
        )
        .get({ name, holder, expiresAt, now })
      return row === undefined ? undefined : { name, holder, term: integer(row, 'term'), expiresAt: new Date(expiresAt) }
    })
  }

  async renew(name: string, holder: string, ttlSeconds: number): Promise<Lease | undefined> {
    assertLength(ttlSeconds)
    return this.#connection.write('renew', () => {
      const now = this.#now()
      const expiresAt = now + ttlSeconds * 1_000
      const row = this.#connection
        .sql('UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND expires_at > ? RETURNING term')
        .get(expiresAt, name, holder, now)
      return row === undefined ? undefined : { name, holder, term: integer(row, 'term'), expiresAt: new Date(expiresAt) }
    })
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#connection.write('release', () => {
      this.#connection.sql('UPDATE leases SET holder = NULL WHERE name = ? AND holder = ?').run(name, holder)
    })
  }
}

function assertLength(ttlSeconds: number): void {
  if (!(ttlSeconds > 0)) throw new TypeError('a lease is longer than 0 seconds')
}
