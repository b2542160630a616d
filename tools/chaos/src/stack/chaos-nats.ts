import { startNatsCluster, startNatsServer, type TestNatsServer } from '@cambio/testing'

export const TOPOLOGIES = ['single', 'cluster'] as const

export type Topology = (typeof TOPOLOGIES)[number]

/** Nodes of the cluster, and copies that it keeps of each bucket. */
export const CLUSTER_NODES = 3

/** A node of NATS that can be killed, frozen and wiped. */
export type NatsNode = Pick<TestNatsServer, 'kill' | 'pause' | 'resume' | 'wipe'> & { restart(): Promise<void> }

/** The NATS of one run. */
export interface ChaosNats {
  readonly nodes: readonly NatsNode[]
  readonly servers: readonly string[]
  /** What services need to connect, as environment variables. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts NATS on free ports of this machine. It does not outlive this process. */
export async function startChaosNats(topology: Topology, binary: string): Promise<ChaosNats> {
  if (topology === 'single') {
    const server = await startNatsServer({ binary })
    return { nodes: [server], servers: [server.url], env: { NATS_URL: server.url }, stop: () => server.stop() }
  }
  const cluster = await startNatsCluster({ binary, size: CLUSTER_NODES })
  const env = { NATS_URL: cluster.urls.join(','), CAMBIO_NATS_REPLICAS: String(CLUSTER_NODES) }
  return { nodes: cluster.nodes, servers: cluster.urls, env, stop: () => cluster.stop() }
}
