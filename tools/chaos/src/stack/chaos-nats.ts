import { randomBytes } from 'node:crypto'
import { natsCredentialsOf, natsUsersOf, type StackService } from '@cambio/local-stack'
import { startNatsCluster, startNatsServer, type TestNatsServer } from '@cambio/testing'

export const TOPOLOGIES = ['single', 'cluster'] as const

export type Topology = (typeof TOPOLOGIES)[number]

/** Nodes of the cluster, and copies that it keeps of each bucket. */
export const CLUSTER_NODES = 3

/** A node of NATS that can be killed, frozen and wiped. */
export type NatsNode = Pick<TestNatsServer, 'kill' | 'pause' | 'resume' | 'wipe'> & { restart(): Promise<void> }

export type NatsEnvironment = (service: StackService) => Readonly<Record<string, string>>

/** The NATS of one run. */
export interface ChaosNats {
  readonly nodes: readonly NatsNode[]
  readonly servers: readonly string[]
  /** What a service needs to connect, as environment variables. */
  readonly envOf: NatsEnvironment
  /** Who may do everything: the verification looks at what no service may see. Absent: everybody may. */
  readonly administrator?: { readonly user: string; readonly pass: string }
  /** Restarts it with another limit of its store. Absent in a cluster, whose streams get no leader without room. */
  readonly restartWithRoom?: (maxStoreBytes: number) => Promise<void>
  stop(): Promise<void>
}

/**
 * Starts NATS on free ports of this machine. It does not outlive this process. On the single node every service has the
 * user and the permissions that the launcher gives it; in the cluster everybody may do everything.
 */
export async function startChaosNats(topology: Topology, binary: string): Promise<ChaosNats> {
  if (topology === 'single') {
    const secret = randomBytes(32).toString('base64url')
    const administrator = { user: 'chaos', pass: randomBytes(32).toString('base64url') }
    const users = [...natsUsersOf(secret), { name: administrator.user, password: administrator.pass }]
    const server = await startNatsServer({ binary, users })
    const envOf: NatsEnvironment = (service) => ({ NATS_URL: server.url, ...natsCredentialsOf(service, secret) })
    const restartWithRoom = (maxStoreBytes: number): Promise<void> => server.restart({ maxStoreBytes })
    return { nodes: [server], servers: [server.url], envOf, administrator, restartWithRoom, stop: () => server.stop() }
  }
  const cluster = await startNatsCluster({ binary, size: CLUSTER_NODES })
  const env = { NATS_URL: cluster.urls.join(','), CAMBIO_NATS_REPLICAS: String(CLUSTER_NODES) }
  return { nodes: cluster.nodes, servers: cluster.urls, envOf: () => env, stop: () => cluster.stop() }
}
