import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { type Readable, type Writable } from 'node:stream'

import { type FeedEntry, type OrganizationValue, PLATFORM } from '@cambio/contracts'
import { onTestFinished } from 'vitest'

import { type FeedReplicaOptions } from '../replica/feed-replica.js'
import { type ReplicaState } from '../replica/replica-state.js'

export interface ReplicaChildOptions extends Partial<Omit<FeedReplicaOptions<'organizations'>, 'disk' | 'log' | 'link' | 'rpc' | 'kind'>> {
  readonly natsUrl: string
  /** Where it keeps its state. Default: nowhere. */
  readonly file?: string
  /** In hex. */
  readonly snapshotKey?: string
  /** A step of the replica file at which it is killed, and at which time it comes there (default: the first). */
  readonly fatalStep?: string
  readonly fatalCount?: number
  /** The largest file that it may write, in KiB: a disk that is full. */
  readonly fileLimitKiB?: number
}

export interface ReplicaAnswer {
  readonly entry: FeedEntry<OrganizationValue> | null
  readonly state: ReplicaState
}

/** A replica in a process of its own; it ends with the test at the latest. */
export class ReplicaChild {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = []
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting: ((answer: ReplicaAnswer) => void)[] = []
  readonly ended: Promise<unknown>

  constructor({ fileLimitKiB, ...options }: ReplicaChildOptions) {
    const node = [
      process.execPath,
      '--conditions=@cambio/source',
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(import.meta.dirname, 'source-hooks.mjs'),
      join(import.meta.dirname, 'replica-child.mjs'),
      JSON.stringify(options),
    ]
    // In a shell, as only that can set limits; it becomes the program, so that the pid is the program's.
    const limit = fileLimitKiB === undefined ? '' : `ulimit -f ${fileLimitKiB * 2};`
    this.#process = spawn('/bin/sh', ['-c', `${limit} exec "$@"`, 'sh', ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process.stdin.on('error', () => undefined) // it may be dead
    this.ended = once(this.#process, 'close')
    onTestFinished(async () => {
      this.#process.kill('SIGKILL')
      await this.ended
    })
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as ReplicaAnswer | (typeof this.lines)[number]
      if ('state' in said) this.#waiting.shift()?.(said)
      else this.lines.push(said)
    })
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new TypeError('a started process has a pid')
    return this.#process.pid
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** What it holds of an organization, and in which state it is. Does not come while the process is stopped or dead. */
  async ask(id = 'none'): Promise<ReplicaAnswer> {
    const answer = new Promise<ReplicaAnswer>((resolve) => this.#waiting.push(resolve))
    this.#process.stdin.write(`${JSON.stringify({ org: PLATFORM, id })}\n`)
    return answer
  }
}
