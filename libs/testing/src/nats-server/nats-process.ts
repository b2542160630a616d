import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { spawnMortal } from './mortal-process.js'

const readyWithinMs = 15_000
/** Lines of the server's log that an error message carries. */
const keptLines = 20

/** One run of a nats-server: from `Server is ready` to its end. */
export class NatsProcess {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  /** Starts a server and waits until it takes connections, JetStream included. */
  static async start(binary: string, args: readonly string[]): Promise<NatsProcess> {
    const child = spawnMortal(binary, args)
    const ended = once(child, 'exit').finally(() => child.stdin.destroy())
    child.stdin.on('error', () => undefined) // the watcher may go first; nothing is ever written
    child.stdout.resume()
    const log: string[] = []
    const port = new Promise<number>((resolve, reject) => {
      let listening = 0
      const fail = (why: string) => {
        reject(new Error(`${binary} ${why}:\n${log.join('\n')}`))
      }
      createInterface({ input: child.stderr }).on('line', (line) => {
        log.push(line)
        if (log.length > keptLines) log.shift()
        listening = Number(/Listening for client connections on .*:(\d+)$/.exec(line)?.[1] ?? listening)
        if (line.endsWith('Server is ready')) resolve(listening)
      })
      setTimeout(fail, readyWithinMs, 'was not ready in time').unref()
      ended.then(() => {
        fail('ended before it was ready')
      }, reject)
    })
    try {
      return new NatsProcess(await port, child, ended)
    } catch (cause) {
      child.kill('SIGKILL')
      throw cause
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new TypeError('a started process has a pid')
    return this.child.pid
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Lets it go on after a stop. */
  resume(): void {
    this.child.kill('SIGCONT')
  }

  /** Ends it and waits until it is gone. A stopped process takes SIGTERM only once it goes on. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.running) return
    this.child.kill(signal)
    this.child.kill('SIGCONT')
    await this.ended
  }
}
