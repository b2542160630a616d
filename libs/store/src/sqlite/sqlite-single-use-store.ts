import { SingleUseStore } from '../port/single-use-store.js'
import { type SqliteConnection } from './sqlite-connection.js'

/** Expired rows that a claim clears away. More than the one it adds, so the table shrinks to what is alive, without a timer. */
const clearedByClaim = 4

/** `SingleUseStore` on a table with one row a claim. */
export class SqliteSingleUseStore extends SingleUseStore {
  readonly #connection: SqliteConnection
  readonly #now: () => number

  constructor(connection: SqliteConnection, now: () => number) {
    super()
    this.#connection = connection
    this.#now = now
  }

  async claim(namespace: string, key: string, expiresAt: Date): Promise<boolean> {
    const now = this.#now()
    // Also for a time that is not a time: NaN is not later than anything.
    if (!(expiresAt.getTime() > now)) return false
    return this.#connection.write('claim', (mark) => {
      const { changes } = this.#connection
        .sql(
          `INSERT INTO single_use (namespace, key, expires_at) VALUES (?, ?, ?)
           ON CONFLICT (namespace, key) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`,
        )
        .run(namespace, key, expiresAt.getTime(), now)
      mark('written')
      this.#connection
        .sql(
          `DELETE FROM single_use WHERE (namespace, key) IN
           (SELECT namespace, key FROM single_use WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
        )
        .run(now, clearedByClaim)
      return changes === 1
    })
  }
}
