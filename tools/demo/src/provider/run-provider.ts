import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, type Supervisor, workspaceRoot } from '@cambio/local-stack'

import { type SignIn } from './sign-in.js'

const STARTS_WITHIN_MS = 30_000

export interface ProviderOptions {
  /** Names its process and its log file. */
  readonly name: string
  /** The audience of its access tokens. */
  readonly audience: string
  /** What its users may be granted for that audience. */
  readonly scopes: readonly string[]
}

/** A provider that answers. */
export interface RunningProvider {
  readonly issuer: string
  readonly audience: string
  /** The provider's client id of the user's application. */
  readonly clientId: string
  /** What `signIn` needs for its one user, alice; plain data, so that another process can sign in as well. */
  readonly account: SignIn
}

/** Starts an identity provider as a process of its own. It ends with the supervisor's other children. */
export async function runProvider(supervisor: Supervisor, { name, audience, scopes }: ProviderOptions): Promise<RunningProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const settings = {
    port,
    clientId: 'web-shop',
    clientSecret: randomBytes(24).toString('base64url'),
    redirectUri: 'http://127.0.0.1:9/callback',
    user: 'alice',
    password: randomBytes(12).toString('base64url'),
    audience,
    scopes,
  }
  await supervisor.start({
    name,
    command: process.execPath,
    arguments: [join(workspaceRoot(), 'tools/demo/dist/provider/main.js'), JSON.stringify(settings)],
    env: {},
    workingDirectory: process.cwd(),
  })
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) {
    if (Date.now() > deadline) throw new Error(`the provider does not answer: see ${supervisor.logFile(name)}`)
    await delay(50)
  }
  const { clientId, clientSecret, redirectUri, user, password } = settings
  const scope = ['openid', 'email', ...scopes].join(' ')
  return { issuer, audience, clientId, account: { issuer, clientId, clientSecret, redirectUri, scope, user, password } }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
