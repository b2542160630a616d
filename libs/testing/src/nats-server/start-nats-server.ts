import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type NatsUser, writeNatsServerConfig } from '@cambio/local-stack'

import { NatsProcess } from './nats-process.js'
import { stopProcess } from './stopped-process.js'
import { testedBinary } from './tested-binary.js'

export interface TestNatsServerOptions {
  /** Default: a port that the server chooses; it stays the same over restarts. */
  readonly port?: number
  /** Where JetStream keeps its data, absolute. Default: a temporary folder that goes with `stop()`; a given one stays. */
  readonly storeDir?: string
  /** Default: `$TEST_NATS_SERVER`, else what `findNatsServer` finds. */
  readonly binary?: string
  /** Bytes that JetStream may take on disk. Default 1 GiB. */
  readonly maxStoreBytes?: number
  /** The only user that may connect. Default: everybody may. */
  readonly user?: NatsUser
  /** The only users that may connect, instead of `user`. */
  readonly users?: readonly NatsUser[]
}

/** A nats-server with JetStream on 127.0.0.1 that belongs to one test. It ends with the test process at the latest. */
export interface TestNatsServer {
  /** `nats://127.0.0.1:<port>`, without credentials. */
  readonly url: string
  readonly port: number
  readonly storeDir: string
  readonly pid: number
  /** Ends it in good order and removes what was made for it. May be called twice. */
  stop(): Promise<void>
  /** SIGKILL, as a crash: the data stays for `restart()`. */
  kill(): Promise<void>
  /** Ends it in good order if it runs, and starts it again on its port with its data; the limit of its disk may be another from then on. */
  restart(changed?: Pick<TestNatsServerOptions, 'maxStoreBytes'>): Promise<void>
  /** SIGSTOP: connections stay open and nothing is answered, as behind a dead network. It stands when the promise settles. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): void
  /** As `restart()`, but all its data is lost: what an operator does who deletes the volume. */
  wipe(): Promise<void>
}

/**
 * Starts a private nats-server and waits until it takes connections.
 *
 * @throws Error when no server can be found or started: a suite that needs one fails, it is never skipped
 */
export async function startNatsServer(options: TestNatsServerOptions = {}): Promise<TestNatsServer> {
  const binary = options.binary ?? (await testedBinary())
  const folder = await mkdtemp(join(tmpdir(), 'cambio-nats-'))
  const storeDir = options.storeDir ?? join(folder, 'jetstream')
  const users = options.users ?? (options.user === undefined ? [] : [options.user])
  let { maxStoreBytes = 1024 ** 3 } = options
  const start = async (port: number) =>
    NatsProcess.start(binary, await writeNatsServerConfig(join(folder, 'nats.conf'), { port, storeDir, maxStoreBytes, users }))
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  let current: NatsProcess
  try {
    current = await start(options.port ?? -1)
  } catch (cause) {
    await removeFolder()
    throw cause
  }
  const { port } = current
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    get pid() {
      return current.pid
    },
    async stop() {
      await current.end('SIGTERM')
      await removeFolder()
    },
    kill: () => current.end('SIGKILL'),
    async restart(changed = {}) {
      await current.end('SIGTERM')
      maxStoreBytes = changed.maxStoreBytes ?? maxStoreBytes
      current = await start(port)
    },
    pause: () => stopProcess(current.pid),
    resume() {
      current.resume()
    },
    async wipe() {
      await current.end('SIGKILL')
      await rm(storeDir, { recursive: true, force: true })
      current = await start(port)
    },
  }
}
