import { type Unreadable } from '../port/store.errors.js'
import { type SqliteConnection } from './sqlite-connection.js'

/** What a collection gets from its store. */
export interface CollectionContext {
  readonly connection: SqliteConnection
  readonly now: () => number
  readonly onUnreadable: (refusal: Unreadable) => void
}
