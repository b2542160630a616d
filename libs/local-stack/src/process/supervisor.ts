import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How a child ended: by a status or by a signal. */
export interface ChildEnd {
  readonly name: string
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly logFile: string
  /** The last lines that this process wrote, for whoever has to say why. */
  readonly lastLines: string
}

export interface ChildCommand {
  /** Names the log file and the child in messages. */
  readonly name: string
  readonly command: string
  readonly arguments: readonly string[]
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>
  readonly workingDirectory: string
}

/** A running child of the supervisor. */
export interface Child {
  readonly name: string
  readonly pid: number
  readonly ended: Promise<ChildEnd>
  kill(signal: NodeJS.Signals): void
}

/** Enough for every problem of a configuration. */
const LAST_LINES = 20

/** A log that has grown past this is put aside (one generation) when its process starts anew. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024

/**
 * Starts processes and makes sure that none outlives this one: each is told to a reaper process that ends them when
 * this process dies, even by SIGKILL. Output goes to one file a child in the log directory (mode 0600).
 */
export class Supervisor {
  readonly #children = new Map<string, Child>()
  readonly #reaper: ChildProcess

  readonly #logDirectory: string
  readonly #onUnexpectedEnd: (end: ChildEnd) => void

  /**
   * @param logDirectory must exist
   * @param onUnexpectedEnd called for each child that ends although nobody asked it to
   */
  constructor(logDirectory: string, onUnexpectedEnd: (end: ChildEnd) => void) {
    this.#logDirectory = logDirectory
    this.#onUnexpectedEnd = onUnexpectedEnd
    const reaper = join(import.meta.dirname, `reaper${extname(import.meta.filename)}`) // from source in tests, else built
    this.#reaper = spawn(process.execPath, [reaper], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#reaper.unref()
    this.#reaper.stdin?.on('error', () => undefined) // the reaper was killed; stop() still ends the children
  }

  /** Starts a child. @throws Error of `spawn` when the command cannot be run at all */
  async start(command: ChildCommand): Promise<Child> {
    const log = this.#openLog(command.name)
    const logStart = fstatSync(log).size
    const child = spawn(command.command, [...command.arguments], {
      cwd: command.workingDirectory,
      env: command.env,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const pid = child.pid
    if (pid === undefined) throw new Error(`${command.name} has no process id`)
    this.#reaper.stdin?.write(`+${pid}\n`)
    const ended = new Promise<ChildEnd>((resolve) => {
      child.once('exit', (status, signal) => {
        this.#reaper.stdin?.write(`-${pid}\n`)
        resolve({
          name: command.name,
          status,
          signal,
          logFile: this.logFile(command.name),
          lastLines: this.#lastLines(command.name, logStart),
        })
      })
    })
    const running: Child = { name: command.name, pid, ended, kill: (signal) => void child.kill(signal) }
    this.#children.set(command.name, running)
    void ended.then((end) => {
      // Whoever ends a child on purpose has taken it off the list first.
      if (this.#children.get(command.name) !== running) return
      this.#children.delete(command.name)
      this.#onUnexpectedEnd(end)
    })
    return running
  }

  /** Ends one child: SIGTERM, and SIGKILL after `graceMs`. Nothing to do if there is none of this name. */
  async stop(name: string, graceMs = 10_000): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined) return
    this.#children.delete(name)
    child.kill('SIGTERM')
    const late = new AbortController()
    const killed = delay(graceMs, undefined, { signal: late.signal }).then(
      () => {
        child.kill('SIGKILL')
      },
      () => undefined,
    )
    await child.ended
    late.abort()
    await killed
  }

  /** Ends one child at once by SIGKILL, as a crash would. */
  async crash(name: string): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined) return
    this.#children.delete(name)
    child.kill('SIGKILL')
    await child.ended
  }

  /** The running child of a name. */
  child(name: string): Child | undefined {
    return this.#children.get(name)
  }

  /** Ends all children, the last started last of all, and the reaper. */
  async stopAll(stopLast: readonly string[] = []): Promise<void> {
    const first = [...this.#children.keys()].filter((name) => !stopLast.includes(name))
    await Promise.all(first.map((name) => this.stop(name)))
    for (const name of stopLast) await this.stop(name)
    this.#reaper.stdin?.end()
  }

  /** Ends all children without grace; for the second Ctrl-C. */
  killAll(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL')
  }

  logFile(name: string): string {
    return join(this.#logDirectory, `${name}.log`)
  }

  #openLog(name: string): number {
    const file = this.logFile(name)
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`)
    return openSync(file, 'a', 0o600)
  }

  /** What stood in the file before is an earlier process's, and says nothing about this one. */
  #lastLines(name: string, logStart: number): string {
    const text = readFileSync(this.logFile(name)).subarray(logStart).toString('utf8')
    return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n')
  }
}
