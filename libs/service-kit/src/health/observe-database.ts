import { type Log } from '../logging/logger.js'
import { type Metrics } from './metrics.js'
import { type Readiness } from './readiness.js'

export interface DatabaseState {
  readonly isOpen: boolean
  /** Why it is not. */
  readonly reason?: string
}

/** A service's database as operators see it; what it stores does not matter here. */
export interface ObservedDatabase {
  /** Reads memory only. */
  readonly state: () => DatabaseState
  /** Resolves when the database turns this process away for good before it was ever open; its message is one sentence. */
  readonly refused: Promise<Error>
  /** Whether the service is not ready without it, or only less able. */
  readonly isVital: boolean
}

/** Makes the database's state visible: in `/readyz` and as a metric. */
export function observeDatabase({ state, isVital }: ObservedDatabase, readiness: Readiness, metrics: Metrics): void {
  readiness.register({ name: 'database', isVital, missing: () => (state().isOpen ? [] : ['database']) })
  metrics.gauge('cambio_database_open', '1 while the database can be used.', () => (state().isOpen ? 1 : 0))
}

/** Writes each change of a database's state into the log. */
export function logDatabaseState(log: Log): (state: DatabaseState) => void {
  return ({ isOpen, reason }) => {
    if (isOpen) log.info({}, 'the database is open')
    else log.error({ reason }, 'the database cannot be used; going on without it and trying again')
  }
}
