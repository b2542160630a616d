import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { writeNatsServerConfig } from '../nats-server/nats-server.config.js'
import { findNatsServer } from '../nats-server/nats-server.finder.js'
import { type Supervisor } from '../process/supervisor.js'
import { type DataDirectory } from './data-directory.js'
import { StackFailure } from './stack-failure.js'
import { type StackOptions } from './stack-options.js'
import { type StackSecrets } from './stack-secrets.js'

/** The only user of a server that the stack starts; its password is generated, so no other user of the machine gets in. */
const NATS_USER = 'cambio'

const LISTENS_WITHIN_MS = 15_000

/**
 * Starts the stack's own nats-server, unless the operator gave `NATS_URL`.
 *
 * @returns what services need to connect, as environment variables
 * @throws StackFailure when no server can be had or it does not listen
 */
export async function startStackNats(part: {
  readonly root: string
  readonly supervisor: Supervisor
  readonly directory: DataDirectory
  readonly secrets: StackSecrets
  readonly options: StackOptions
}): Promise<Record<string, string>> {
  const { env, ports, say, findNatsServer: find = findNatsServer } = part.options
  if (env['NATS_URL']) return { NATS_URL: env['NATS_URL'] }
  const found = await find({ env, cacheDir: join(part.root, '.cache'), log: say })
  if (!found.ok) throw new StackFailure(`${found.problem.charAt(0).toUpperCase()}${found.problem.slice(1)}`)
  const password = part.secrets.NATS_PASSWORD
  const startArguments = await writeNatsServerConfig(join(part.directory.path, 'nats-server.conf'), {
    port: ports.nats,
    storeDir: part.directory.nats,
    user: { name: NATS_USER, password },
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
  return { NATS_URL: `nats://127.0.0.1:${ports.nats}`, NATS_USER, NATS_PASSWORD: password }
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
