import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { type ChildCommand } from '../process/supervisor.js'
import { StackFailure } from './stack-failure.js'
import { portVariables, STACK_SERVICES, type StackPorts, type StackService } from './stack-options.js'
import { type StackSecrets } from './stack-secrets.js'

/** What the environment of a service's process is made of. */
export interface ServiceEnvironment {
  readonly ports: StackPorts
  readonly dataDirectory: string
  readonly secrets: StackSecrets
  /** How to reach NATS, as environment variables. */
  readonly natsEnv: Readonly<Record<string, string>>
  /** What is inherited; all of the above wins. */
  readonly env: Readonly<Record<string, string>>
}

/** The whole environment of a service's process. */
export function serviceEnvironment({ env, ports, dataDirectory, secrets, natsEnv }: ServiceEnvironment): Record<string, string> {
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !(name.endsWith('_FILE') && name.slice(0, -5) in secrets)))
  const portEnv = Object.fromEntries(
    Object.entries(portVariables).map(([name, { variable }]) => [variable, String(ports[name as keyof StackPorts])]),
  )
  return {
    CAMBIO_ISSUER: `http://localhost:${ports['token-service']}`,
    ...inherited,
    ...secrets,
    ...portEnv,
    ...natsEnv,
    CAMBIO_DATA_DIR: dataDirectory,
  }
}

/** The command that runs a service, under a name that tells replicas apart. Default: the service's own. */
export function serviceCommand(
  root: string,
  service: StackService,
  env: Readonly<Record<string, string>>,
  name: string = service,
): ChildCommand {
  return { name, command: process.execPath, arguments: [entry(root, service)], env, workingDirectory: root }
}

/** @throws StackFailure naming the services that were not built */
export function assertBuilt(root: string): void {
  const missing = STACK_SERVICES.filter((name) => !existsSync(entry(root, name)))
  if (missing.length > 0) throw new StackFailure(`${missing.join(', ')} are not built: run \`npm run build\` first.`)
}

function entry(root: string, service: StackService): string {
  return join(root, 'apps', service, 'dist', 'main.js')
}
