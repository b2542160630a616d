// One stack and two identity providers for all test files that do not break anything: each file makes organizations of its own.
import { type AdminCredential, type StackService, Supervisor } from '@cambio/local-stack'
import { runProvider, type RunningProvider } from '@cambio/demo/provider'
import { type TestProject } from 'vitest/node'

import { startOwnStack, temporaryDirectory } from './own-stack.js'

/** What test files know of the shared stack. */
export interface SharedStack {
  readonly urls: Readonly<Record<StackService, string>>
  readonly admin: AdminCredential
  readonly dataDirectory: string
  readonly logDirectory: string
  /** Two providers that both know a user `alice`. */
  readonly providers: readonly [RunningProvider, RunningProvider]
}

declare module 'vitest' {
  interface ProvidedContext {
    sharedStack: SharedStack
  }
}

/** Runs once before all files; what it returns runs after all. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = temporaryDirectory()
  const { stack } = await startOwnStack(directory.path).catch((error: unknown) => {
    directory.remove()
    throw error
  })
  const supervisor = new Supervisor(stack.logDirectory, () => undefined)
  const providers = await Promise.all([
    runProvider(supervisor, {
      name: 'provider-a',
      audience: 'https://api.a.example',
      scopes: ['orders:read', 'urn:journey:orders:read', 'urn:journey:billing:read'],
    }),
    runProvider(supervisor, { name: 'provider-b', audience: 'https://api.b.example', scopes: ['orders:read'] }),
  ])
  const { urls, admin, dataDirectory, logDirectory } = stack
  provide('sharedStack', { urls, admin, dataDirectory, logDirectory, providers })
  return async () => {
    await supervisor.stopAll()
    await stack.stop()
    directory.remove()
  }
}
