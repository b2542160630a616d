import { type FindNatsServerOptions, type NatsServerFinding } from '../nats-server/nats-server.finder.js'
import { StackFailure } from './stack-failure.js'

/** The services that the stack runs, in the order of their start. */
export const STACK_SERVICES = ['applications', 'idp-registry', 'token-service'] as const

export type StackService = (typeof STACK_SERVICES)[number]

/** The ports of one stack; two stacks with different ports and directories run side by side. */
export interface StackPorts {
  readonly 'token-service': number
  readonly 'idp-registry': number
  readonly applications: number
  readonly nats: number
}

/** The variable and the default of each port; the table stands in docs/architecture.md. */
export const portVariables = {
  'token-service': { variable: 'TOKEN_SERVICE_PORT', port: 8400 },
  'idp-registry': { variable: 'IDP_REGISTRY_PORT', port: 8401 },
  applications: { variable: 'APPLICATIONS_PORT', port: 8402 },
  nats: { variable: 'NATS_PORT', port: 8422 },
} as const satisfies Record<keyof StackPorts, { variable: string; port: number }>

export interface StackOptions {
  readonly ports: StackPorts
  /** Absolute or relative to the working directory. */
  readonly dataDirectory: string
  /** The environment that services inherit; what the stack decides itself wins. */
  readonly env: Readonly<Record<string, string>>
  /** Receives one line at a time for the operator. */
  readonly say: (line: string) => void
  /** Where the stack's own nats-server comes from, unless `NATS_URL` is set. Default `findNatsServer`. */
  readonly findNatsServer?: (options: FindNatsServerOptions) => Promise<NatsServerFinding>
}

/** The ports that an environment asks for. @throws StackFailure naming every variable that is no port */
export function portsFrom(env: Readonly<Record<string, string | undefined>>): StackPorts {
  const problems: string[] = []
  const read = (name: keyof StackPorts): number => {
    const { variable, port } = portVariables[name]
    const text = env[variable]
    if (text === undefined || text === '') return port
    const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (number < 1 || number > 65_535) problems.push(variable)
    return number
  }
  const ports: StackPorts = {
    'token-service': read('token-service'),
    'idp-registry': read('idp-registry'),
    applications: read('applications'),
    nats: read('nats'),
  }
  if (problems.length > 0) throw new StackFailure(`${problems.join(', ')} must be a port number from 1 to 65535.`)
  return ports
}

/** The variables of an environment that are set. */
export function environmentOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
