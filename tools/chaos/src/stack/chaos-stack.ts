import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AdminCredential,
  assertBuilt,
  type ChildEnd,
  type DataDirectory,
  endSentence,
  freePort,
  openDataDirectory,
  serviceCommand,
  serviceEnvironment,
  STACK_SERVICES,
  StackFailure,
  type StackSecrets,
  type StackService,
  stackSecrets,
  Supervisor,
  workspaceRoot,
} from '@cambio/local-stack'

import { type NatsEnvironment } from './chaos-nats.js'
import { Disturbances } from './disturbances.js'
import { ServiceReplica } from './service-replica.js'

/** Replicas of each service. */
export const REPLICAS = 2

/** Replicas of every service on embedded storage, as processes, on one data directory. */
export class ChaosStack {
  readonly disturbances = new Disturbances()
  readonly replicas: readonly ServiceReplica[]
  readonly directory: DataDirectory
  readonly secrets: StackSecrets
  /** Processes that ended although nobody had asked them to, one sentence each. */
  readonly unexpectedEnds: string[] = []
  readonly #supervisor: Supervisor

  private constructor(directory: DataDirectory, ports: ReadonlyMap<string, number>, natsEnvOf: NatsEnvironment, replicas: number) {
    this.directory = directory
    this.secrets = stackSecrets(directory.secretsFile, {})
    this.#supervisor = new Supervisor(directory.logs, (end) => {
      this.#ended(end)
    })
    const root = workspaceRoot()
    this.replicas = STACK_SERVICES.flatMap((service) =>
      indexes(replicas).map((index) => {
        const env = serviceEnvironment({
          ports: {
            'token-service': portOf(ports, 'token-service', index),
            'idp-registry': portOf(ports, 'idp-registry', index),
            applications: portOf(ports, 'applications', index),
            nats: 0,
          },
          dataDirectory: directory.path,
          secrets: this.secrets,
          natsEnv: natsEnvOf(service),
          env: { PATH: process.env['PATH'] ?? '', CAMBIO_ISSUER: `http://localhost:${portOf(ports, 'token-service', 1)}` },
        })
        return new ServiceReplica({
          service,
          index,
          port: portOf(ports, service, index),
          command: serviceCommand(root, service, env, nameOf(service, index)),
          supervisor: this.#supervisor,
          disturbances: this.disturbances,
        })
      }),
    )
  }

  /** Prepares everything and starts nothing yet. @throws StackFailure when the services are not built */
  static async prepare(dataDirectory: string, natsEnvOf: NatsEnvironment, replicas = REPLICAS): Promise<ChaosStack> {
    assertBuilt(workspaceRoot())
    mkdirSync(dataDirectory, { recursive: true })
    const names = STACK_SERVICES.flatMap((service) => indexes(replicas).map((index) => nameOf(service, index)))
    const ports = new Map<string, number>()
    for (const name of names) ports.set(name, await freePort())
    return new ChaosStack(openDataDirectory(dataDirectory), ports, natsEnvOf, replicas)
  }

  /** All replicas at the same moment: those of one service race for everything that a first start makes. */
  async startAll(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.start()))
    await this.untilAllReady()
  }

  /** @throws StackFailure naming the first replica that is not ready within 60 s */
  async untilAllReady(): Promise<void> {
    await Promise.all(
      this.replicas.map(async (replica) => {
        if ((await replica.untilReady()) === undefined) throw new StackFailure(`${replica.name} is not ready within 60 s.`)
      }),
    )
  }

  of(service: StackService): readonly ServiceReplica[] {
    return this.replicas.filter((replica) => replica.service === service)
  }

  databaseFile(service: StackService): string {
    return join(this.directory.path, `${service}.db`)
  }

  admin(): AdminCredential {
    return JSON.parse(readFileSync(this.directory.adminFile, 'utf8')) as AdminCredential
  }

  /** Ends everything at once: how services end in good order is tested elsewhere. */
  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => this.#supervisor.crash(replica.name)))
    await this.#supervisor.stopAll()
    this.directory.release()
  }

  #ended(end: ChildEnd): void {
    this.unexpectedEnds.push(`${endSentence(end)} ${end.lastLines.slice(-500)}`)
  }
}

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

const nameOf = (service: StackService, index: number): string => `${service}-${index}`

function portOf(ports: ReadonlyMap<string, number>, service: StackService, index: number): number {
  const port = ports.get(nameOf(service, index))
  if (port === undefined) throw new TypeError(`there is no ${nameOf(service, index)}`)
  return port
}
