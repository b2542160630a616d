import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { writeNatsServerConfig } from '@cambio/local-stack'

import { freePort } from '../network/free-port.js'
import { eventually } from '../observing/eventually.js'
import { askNats } from './ask-nats.js'
import { NatsProcess } from './nats-process.js'
import { testedBinary } from './tested-binary.js'
import { stopProcess } from './stopped-process.js'

export interface TestNatsClusterOptions {
  /** Servers, an odd number. Default 3. */
  readonly size?: number
  /** Default: `$TEST_NATS_SERVER`, else what `findNatsServer` finds. */
  readonly binary?: string
}

/** One server of a cluster. Its port and its name stay the same over restarts. */
export interface TestNatsNode {
  /** As JetStream names the leader of a stream. */
  readonly name: string
  /** `nats://127.0.0.1:<port>` */
  readonly url: string
  readonly storeDir: string
  readonly pid: number
  /** SIGKILL, as a crash: the data stays for `restart()`. */
  kill(): Promise<void>
  /** Ends it in good order if it runs, and starts it again on its port with its data. */
  restart(): Promise<void>
  /** SIGSTOP: its connections stay open and nothing is answered. It stands when the promise settles. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): void
  /** As `restart()`, but all its data is lost; it gets it again from the others. */
  wipe(): Promise<void>
}

/** A JetStream cluster on 127.0.0.1 that belongs to one test. It ends with the test process at the latest. */
export interface TestNatsCluster {
  readonly nodes: readonly TestNatsNode[]
  /** The addresses of all nodes, as one connection takes them. */
  readonly urls: readonly string[]
  /** Waits until every node that runs has JetStream answer it, which needs a majority of the cluster. */
  ready(): Promise<void>
  /** Ends all in good order and removes what was made for them. May be called twice. */
  stop(): Promise<void>
}

const READY_WITHIN_MS = 30_000

/**
 * Starts a private NATS cluster and waits until its JetStream has a leader. Clients learn of no other address than those
 * they were given.
 *
 * @throws Error when no server can be found or started
 */
export async function startNatsCluster({ size = 3, binary }: TestNatsClusterOptions = {}): Promise<TestNatsCluster> {
  const program = binary ?? (await testedBinary())
  const folder = await mkdtemp(join(tmpdir(), 'cambio-nats-cluster-'))
  const routePorts = await Promise.all(Array.from({ length: size }, freePort))
  const members = routePorts.map((routePort, index) => new Member(`n${index + 1}`, { program, folder, routePort, routePorts }))
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(async (member) => member.end('SIGTERM')))
    await rm(folder, { recursive: true, force: true })
  }
  const ready = async (): Promise<void> => {
    await Promise.all(members.filter(({ running }) => running).map(async (member) => member.ready()))
  }
  try {
    await Promise.all(members.map(async (member) => member.start()))
    await ready()
  } catch (cause) {
    await stop()
    throw cause
  }
  return { nodes: members, urls: members.map(({ url }) => url), ready, stop }
}

interface Membership {
  readonly program: string
  readonly folder: string
  readonly routePort: number
  readonly routePorts: readonly number[]
}

class Member implements TestNatsNode {
  readonly name: string
  readonly storeDir: string
  readonly #membership: Membership
  #port = -1
  #process: NatsProcess | undefined

  constructor(name: string, membership: Membership) {
    this.name = name
    this.storeDir = join(membership.folder, name)
    this.#membership = membership
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`
  }

  get running(): boolean {
    return this.#process?.running === true
  }

  get pid(): number {
    if (this.#process === undefined) throw new TypeError('a node of a cluster was started')
    return this.#process.pid
  }

  async start(): Promise<void> {
    const { program, folder, routePort, routePorts } = this.#membership
    const file = join(folder, `${this.name}.conf`)
    const args = await writeNatsServerConfig(file, { port: this.#port, storeDir: this.storeDir })
    const routes = routePorts.filter((port) => port !== routePort).map((port) => `"nats-route://127.0.0.1:${port}"`)
    const cluster = `name: "test", listen: "127.0.0.1:${routePort}", no_advertise: true, routes: [${routes.join(', ')}]`
    await appendFile(file, `server_name: "${this.name}"\ncluster { ${cluster} }\n`)
    this.#process = await NatsProcess.start(program, args)
    this.#port = this.#process.port
  }

  /** Only the leader of JetStream's own group answers, so that an answer means that this node is in a cluster with a majority. */
  async ready(): Promise<void> {
    await eventually(
      async () => {
        const answer = await askNats(this.#port, '$JS.API.STREAM.NAMES', '{}')
        if (answer === undefined || answer.includes('"error"')) throw new Error(`JetStream does not answer ${this.name}: ${answer ?? ''}`)
      },
      { withinMs: READY_WITHIN_MS, everyMs: 100 },
    )
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#process?.end(signal)
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.end('SIGTERM')
    await this.start()
  }

  async pause(): Promise<void> {
    await stopProcess(this.pid)
  }

  resume(): void {
    this.#process?.resume()
  }

  async wipe(): Promise<void> {
    await this.end('SIGKILL')
    await rm(this.storeDir, { recursive: true, force: true })
    await this.start()
  }
}
