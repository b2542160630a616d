import { startNatsServer, type TestNatsServer } from '@cambio/testing'

export type Topology = 'single' | 'cluster'

/** A node of NATS that can be killed, frozen and wiped. */
export type NatsNode = Pick<TestNatsServer, 'kill' | 'restart' | 'pause' | 'resume' | 'wipe'>

/** The NATS of one run. */
export interface ChaosNats {
  readonly topology: Topology
  readonly nodes: readonly NatsNode[]
  /** What services need to connect, as environment variables. */
  readonly env: Readonly<Record<string, string>>
  /** For the verification's own connection. */
  readonly servers: readonly string[]
  readonly user: { readonly name: string; readonly password: string }
  stop(): Promise<void>
}

/** Starts NATS on free ports of this machine. It does not outlive this process. */
export async function startChaosNats(topology: Topology, binary: string): Promise<ChaosNats> {
  if (topology === 'cluster') throw new TypeError('not yet')
  const user = { name: 'chaos', password: 'chaos-of-this-run' }
  const server = await startNatsServer({ binary, user })
  return {
    topology,
    nodes: [server],
    env: { NATS_URL: server.url, NATS_USER: user.name, NATS_PASSWORD: user.password },
    servers: [server.url],
    user,
    stop: () => server.stop(),
  }
}
