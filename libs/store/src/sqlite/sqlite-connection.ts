import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

import { StoreUnavailable } from '../port/store.errors.js'
import { type StepHook, type StoreStep } from '../port/step.js'
import { isBusy, sqliteFailure } from './sqlite-failure.js'

/** How long an operation tries while another process holds the file. */
const busyDeadlineMs = 4_000

/** Marks the points of the write that runs. */
export type Mark = (point: 'written' | 'indexed') => void

/**
 * One connection and its prepared statements. A write is one `BEGIN IMMEDIATE` transaction that runs without leaving the
 * thread, so writes of one process never interleave. Those of two processes wait for each other, without holding the event loop.
 */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #step: StepHook
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, step: StepHook = () => undefined) {
    this.#database = database
    this.#step = step
  }

  /** A prepared statement, kept for the next time. */
  sql(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = this.#database.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }

  /** Runs queries that need no common snapshot. @throws StoreUnavailable */
  async read<R>(operation: string, work: () => R): Promise<R> {
    return this.#attempt(operation, work)
  }

  /** Runs `work` as one durable transaction: all of it or nothing. @throws StoreUnavailable */
  async write<R>(operation: string, work: (mark: Mark) => R): Promise<R> {
    return this.#attempt(operation, () => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        this.#at(`${operation}.begun`)
        const result = work((point) => {
          this.#at(`${operation}.${point}`)
        })
        this.#database.exec('COMMIT')
        this.#at(`${operation}.committed`)
        return result
      } catch (error) {
        this.#rollback()
        throw error
      }
    })
  }

  close(): void {
    if (!this.#database.isOpen) return
    this.#statements.clear()
    this.#database.close()
  }

  #at(step: StoreStep): void {
    this.#step(step)
  }

  #rollback(): void {
    try {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself (disk full, I/O error); the first error tells why.
    }
  }

  async #attempt<R>(operation: string, work: () => R): Promise<R> {
    const giveUpAt = performance.now() + busyDeadlineMs
    for (;;) {
      try {
        return work()
      } catch (error) {
        const failure = sqliteFailure(error)
        if (failure === undefined) throw error
        if (!isBusy(error) || performance.now() > giveUpAt) throw new StoreUnavailable(operation, failure.reason)
      }
      // Two processes that wait must not wake in step.
      await pause(1 + Math.random() * 4)
    }
  }
}
