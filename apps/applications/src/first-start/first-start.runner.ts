import { setTimeout as delay } from 'node:timers/promises'

import { type Log, type Readiness } from '@cambio/service-kit'

import { type FirstStart } from './first-start.js'

const firstPauseMs = 250
const longestPauseMs = 10_000

/**
 * Runs the first start in the background until it has succeeded: the database or the disk may be away. Until then the
 * service says in `/readyz` that it is not ready.
 */
export class FirstStartRunner {
  readonly #firstStart: FirstStart
  readonly #log: Log
  readonly #stopping = new AbortController()
  #isDone = false
  #running: Promise<void> | undefined

  constructor(firstStart: FirstStart, readiness: Readiness, log: Log) {
    this.#firstStart = firstStart
    this.#log = log
    readiness.register({ name: 'first-start', missing: () => (this.#isDone ? [] : ['first-start']) })
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    let pauseMs = firstPauseMs
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#firstStart.execute()
        this.#isDone = true
        return
      } catch (error) {
        this.#log.error({ error }, 'the first start is not complete; it is tried again')
      }
      await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }
}
