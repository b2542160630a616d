import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type RunningStack, type StackPorts, startStack } from '@cambio/local-stack'

/** A stack of one test file, and what a test needs to start it again. */
export interface OwnStack {
  readonly stack: RunningStack
  readonly ports: StackPorts
  readonly env: Readonly<Record<string, string>>
  /** Ends the stack and leaves its directory. */
  stop(): Promise<void>
}

/** What an operator has in his environment; nothing of the tester's own gets in. */
export function operatorEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', CAMBIO_FETCH_ALLOW: '127.0.0.1', ...more }
}

/** Ports for one stack that were free a moment ago. */
export async function freePorts(): Promise<StackPorts> {
  return { 'token-service': await freePort(), 'idp-registry': await freePort(), applications: await freePort(), nats: await freePort() }
}

/** The variables that give a launcher these ports. */
export function portEnvironment(ports: StackPorts): Record<string, string> {
  return {
    TOKEN_SERVICE_PORT: String(ports['token-service']),
    IDP_REGISTRY_PORT: String(ports['idp-registry']),
    APPLICATIONS_PORT: String(ports.applications),
    NATS_PORT: String(ports.nats),
  }
}

/** A new directory for this run, with the function that removes it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cambio-e2e-'))
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Starts a stack in a directory, on ports of its own. */
export async function startOwnStack(
  dataDirectory: string,
  part: { readonly ports?: StackPorts; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<OwnStack> {
  const ports = part.ports ?? (await freePorts())
  const env = operatorEnvironment(part.env)
  const stack = await startStack({ ports, dataDirectory, env, say: () => undefined })
  return { stack, ports, env, stop: () => stack.stop() }
}
