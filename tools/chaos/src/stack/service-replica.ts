import { readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { type Child, type ChildCommand, type StackService, type Supervisor, waitUntilReady } from '@cambio/local-stack'

import { type Disturbances } from './disturbances.js'

/** How long a replica may take from its start to readiness. */
const READY_WITHIN_MS = 60_000

export interface ServiceReplicaParts {
  readonly service: StackService
  /** From 1. */
  readonly index: number
  readonly port: number
  readonly command: ChildCommand
  readonly supervisor: Supervisor
  readonly disturbances: Disturbances
}

/** One replica of a service as a process that can be started, killed and frozen. */
export class ServiceReplica {
  readonly service: StackService
  readonly name: string
  readonly url: string
  readonly #parts: ServiceReplicaParts
  #endDisturbance: (() => void) | undefined
  #resumedMs: number | undefined

  constructor(parts: ServiceReplicaParts) {
    this.service = parts.service
    this.name = parts.command.name
    this.url = `http://127.0.0.1:${parts.port}`
    this.#parts = parts
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** When it was last let go on, as `performance.now()`; `undefined` = it was not since the last `pause`. */
  get resumedMs(): number | undefined {
    return this.#resumedMs
  }

  /** Starts the process; it is not ready yet. */
  async start(): Promise<void> {
    this.#endDisturbance ??= this.#parts.disturbances.begin(this.name, 'start')
    await this.#parts.supervisor.start(this.#parts.command)
  }

  /** @returns how long it took; `undefined` when it was not ready within 60 s */
  async untilReady(withinMs = READY_WITHIN_MS): Promise<number | undefined> {
    const startedMs = performance.now()
    const missing = await waitUntilReady({ baseUrl: this.url, withinMs, isOver: () => !this.isRunning, onSlow: () => undefined })
    if (missing !== undefined) return undefined
    this.#endDisturbance?.()
    this.#endDisturbance = undefined
    return performance.now() - startedMs
  }

  /** SIGKILL. */
  async kill(cause = 'kill -9'): Promise<void> {
    this.#endDisturbance ??= this.#parts.disturbances.begin(this.name, cause)
    await this.#parts.supervisor.crash(this.name)
  }

  /** SIGSTOP; `resume` ends it. */
  pause(): void {
    this.#endDisturbance ??= this.#parts.disturbances.begin(this.name, 'SIGSTOP')
    this.#resumedMs = undefined
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#resumedMs = performance.now()
    this.#child?.kill('SIGCONT')
  }

  /** Holds it still for a moment in which its files do not change. Not for long: it is no fault of the plan. */
  async standingStill<T>(work: () => Promise<T>): Promise<T> {
    this.#child?.kill('SIGSTOP')
    try {
      return await work()
    } finally {
      this.#child?.kill('SIGCONT')
    }
  }

  /** The replica file that this process holds open, where the system tells it. */
  replicaFile(): string | undefined {
    const pid = this.#child?.pid
    if (pid === undefined) return undefined
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder)
      .flatMap((handle) => {
        try {
          return [readlinkSync(`${folder}/${handle}`)]
        } catch {
          return [] // closed meanwhile
        }
      })
      .find((file) => /^replica(-\d+)?\.db$/.test(basename(file)))
  }

  get #child(): Child | undefined {
    return this.#parts.supervisor.child(this.name)
  }
}
