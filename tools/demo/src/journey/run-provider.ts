import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, type Supervisor } from '@cambio/local-stack'

import { signIn } from '../provider/sign-in.js'
import { type DemoProvider } from './journey.js'

const STARTS_WITHIN_MS = 15_000

/** Starts the demo's identity provider as a process of its own. */
export async function runProvider(supervisor: Supervisor, organization: string): Promise<DemoProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const audience = 'https://orders.demo.example'
  const settings = {
    port,
    clientId: 'web-shop',
    clientSecret: randomBytes(24).toString('base64url'),
    redirectUri: 'http://127.0.0.1:9/callback',
    user: 'alice',
    password: randomBytes(12).toString('base64url'),
    audience,
    // As an organization sets it up at its provider: the scope is named by what the API's owner copied.
    scopes: [`urn:${organization}:orders:read`],
  }
  await supervisor.start({
    name: 'demo-provider',
    command: process.execPath,
    arguments: [join(import.meta.dirname, '../provider/main.js'), JSON.stringify(settings)],
    env: {},
    workingDirectory: process.cwd(),
  })
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) {
    if (Date.now() > deadline) throw new Error(`the demo's provider does not answer: see ${supervisor.logFile('demo-provider')}`)
    await delay(50)
  }
  const scope = ['openid', 'email', ...settings.scopes].join(' ')
  return { issuer, audience, clientId: settings.clientId, signIn: () => signIn({ ...settings, issuer, scope }) }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
