import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { writeNatsServerConfig } from '../nats-server/nats-server.config.js'
import { findNatsServer } from '../nats-server/nats-server.finder.js'
import { type Supervisor } from '../process/supervisor.js'
import { type DataDirectory } from './data-directory.js'
import { natsCredentialsOf, natsUsersOf } from './nats-users.js'
import { StackFailure } from './stack-failure.js'
import { type StackOptions, type StackService } from './stack-options.js'
import { type StackSecrets } from './stack-secrets.js'

/** What a service needs to connect to NATS, as environment variables. */
export type NatsEnvironment = (service: StackService) => Readonly<Record<string, string>>

const LISTENS_WITHIN_MS = 15_000

/**
 * Starts the stack's own nats-server, unless the operator gave `NATS_URL`.
 *
 * @returns what each service needs to connect, as environment variables
 * @throws StackFailure when no server can be had or it does not listen
 */
export async function startStackNats(part: {
  readonly root: string
  readonly supervisor: Supervisor
  readonly directory: DataDirectory
  readonly secrets: StackSecrets
  readonly options: StackOptions
}): Promise<NatsEnvironment> {
  const { env, ports, say, findNatsServer: find = findNatsServer } = part.options
  const { NATS_URL: givenUrl } = env
  if (givenUrl !== undefined && givenUrl !== '') return () => ({ NATS_URL: givenUrl })
  const found = await find({ env, cacheDir: join(part.root, '.cache'), log: say })
  if (!found.ok) throw new StackFailure(`${found.problem.charAt(0).toUpperCase()}${found.problem.slice(1)}`)
  const secret = part.secrets.NATS_PASSWORD
  const startArguments = await writeNatsServerConfig(join(part.directory.path, 'nats-server.conf'), {
    port: ports.nats,
    storeDir: part.directory.nats,
    users: natsUsersOf(secret),
  })
  const child = await part.supervisor.start({
    name: 'nats',
    command: found.binary,
    arguments: startArguments,
    env: { PATH: env['PATH'] ?? '' },
    workingDirectory: part.directory.path,
  })
  const deadline = Date.now() + LISTENS_WITHIN_MS
  while (!(await listens(ports.nats))) {
    if (part.supervisor.child('nats') !== child || Date.now() > deadline) {
      throw new StackFailure(`nats-server ${found.version} does not listen on port ${ports.nats}: see ${part.supervisor.logFile('nats')}.`)
    }
    await delay(30)
  }
  return (service) => ({ NATS_URL: `nats://127.0.0.1:${ports.nats}`, ...natsCredentialsOf(service, secret) })
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
