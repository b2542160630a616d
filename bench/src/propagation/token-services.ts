import { join } from 'node:path'
import {
  environmentOf,
  freePort,
  natsCredentialsOf,
  type RunningStack,
  serviceCommand,
  serviceEnvironment,
  type StackPorts,
  stackSecrets,
  Supervisor,
  waitUntilReady,
  workspaceRoot,
} from '@cambio/local-stack'

export interface TokenServices {
  /** Of all of them, the stack's own first. */
  readonly urls: readonly string[]
  stop(): Promise<void>
}

/**
 * More token services beside the stack's own: on its database, its NATS and its data directory, each with a replica file of its own.
 *
 * @throws Error when one ends or is not ready within 30 s
 */
export async function moreTokenServices(stack: RunningStack, ports: StackPorts, count: number): Promise<TokenServices> {
  const supervisor = new Supervisor(stack.logDirectory, (end) => {
    process.stderr.write(`${end.name} ended: ${end.lastLines}\n`)
  })
  const secrets = stackSecrets(join(stack.dataDirectory, 'secrets.json'), {})
  const natsEnv = { NATS_URL: `nats://127.0.0.1:${ports.nats}`, ...natsCredentialsOf('token-service', secrets.NATS_PASSWORD) }
  const start = async (index: number): Promise<string> => {
    const port = await freePort()
    const env = serviceEnvironment({
      ports: { ...ports, 'token-service': port },
      dataDirectory: stack.dataDirectory,
      secrets,
      natsEnv,
      env: { ...environmentOf(process.env), CAMBIO_ISSUER: stack.urls['token-service'] },
    })
    const name = `token-service-${index}`
    await supervisor.start(serviceCommand(workspaceRoot(), 'token-service', env, name))
    const baseUrl = `http://localhost:${port}`
    const isOver = (): boolean => supervisor.child(name) === undefined
    const missing = await waitUntilReady({ baseUrl, withinMs: 30_000, isOver, onSlow: () => undefined })
    if (missing !== undefined) throw new Error(`${name} is not ready: ${missing}`)
    return baseUrl
  }
  try {
    const more = await Promise.all(Array.from({ length: count }, async (_, index) => start(index + 2)))
    return { urls: [stack.urls['token-service'], ...more], stop: () => supervisor.stopAll() }
  } catch (error) {
    await supervisor.stopAll()
    throw error
  }
}
