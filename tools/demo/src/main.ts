// `npm run demo`: starts the stack and a real OpenID provider, walks through the product as its users do, and says what held.
// `npm run demo -- --keep` leaves everything running, so that each printed command can be repeated.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  endSentence,
  environmentOf,
  onInterrupt,
  portsFrom,
  type RunningStack,
  StackFailure,
  startStack,
  Supervisor,
} from '@cambio/local-stack'
import { createRemoteJWKSet, jwtVerify } from 'jose'

import { addIdentityProvider, publishApi } from './journey/administrator.js'
import { Caller } from './journey/caller.js'
import { bindClientId, disableProvider, exchangeToken } from './journey/developer.js'
import { type Journey } from './journey/journey.js'
import { Transcript } from './journey/transcript.js'
import { runProvider, signIn } from './provider/index.js'

const transcript = new Transcript((text) => void process.stdout.write(text))
const keep = process.argv.includes('--keep')
const env = environmentOf(process.env)
const givenDirectory = env['CAMBIO_DATA_DIR']
const dataDirectory = givenDirectory ?? mkdtempSync(join(tmpdir(), 'cambio-demo-'))

try {
  const stack = await startStack({
    ports: portsFrom(env),
    dataDirectory,
    // The provider of the demo lives on this machine; an operator would open no private address.
    env: { ...env, CAMBIO_FETCH_ALLOW: '127.0.0.1' },
    say: (line) => {
      transcript.say(line)
    },
  })
  const supervisor = new Supervisor(stack.logDirectory, (end) => void process.stderr.write(`${endSentence(end)}\n`))
  try {
    const held = await walk(stack, supervisor)
    if (keep) await untilInterrupted(stack)
    process.exitCode = held ? 0 : 1
  } finally {
    await supervisor.stopAll()
    await stack.stop()
    if (givenDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true })
  }
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function walk(stack: RunningStack, supervisor: Supervisor): Promise<boolean> {
  const organization = `demo-${Date.now().toString(36)}`
  const provider = await runProvider(supervisor, {
    name: 'demo-provider',
    audience: 'https://orders.demo.example',
    // As an organization sets it up at its provider: the scope is named by what the API's owner copied.
    scopes: [`urn:${organization}:orders:read`],
  })
  const caller = new Caller(transcript)
  for (const [name, value] of Object.entries({
    TOKEN_SERVICE: stack.urls['token-service'],
    IDP_REGISTRY: stack.urls['idp-registry'],
    APPLICATIONS: stack.urls.applications,
    PROVIDER: provider.issuer,
    ORG: organization,
    ADMIN_ID: stack.admin.clientId,
    ADMIN_SECRET: stack.admin.clientSecret,
  })) {
    caller.set(name, value)
  }
  transcript.part('Cambio: the journey of a new user')
  transcript.say(
    `token-service ${stack.urls['token-service']}, idp-registry ${stack.urls['idp-registry']}, applications ${stack.urls.applications}`,
  )
  transcript.say(
    `external provider ${provider.issuer} (on this machine, so CAMBIO_FETCH_ALLOW=127.0.0.1 is set; by default private addresses are refused)`,
  )

  const keys = createRemoteJWKSet(new URL(`${stack.urls['token-service']}/oauth2/jwks`))
  const journey: Journey = {
    transcript,
    caller,
    provider: { ...provider, signIn: () => signIn(provider.account) },
    verify: (token) =>
      jwtVerify(token, keys, { issuer: stack.urls['token-service'], typ: 'at+jwt' }).then(
        () => true,
        () => false,
      ),
    eventually: async (attempt) => {
      const deadline = Date.now() + 1_000
      while (!(await attempt())) {
        if (Date.now() > deadline) return false
        await delay(100)
      }
      return true
    },
  }
  await addIdentityProvider(journey)
  await publishApi(journey)
  await exchangeToken(journey)
  await bindClientId(journey)
  await disableProvider(journey)
  const variables = join(stack.dataDirectory, 'demo.env')
  if (keep) {
    writeFileSync(variables, caller.environment(), { mode: 0o600 })
    transcript.say(`\n  Left running. \`. ${variables}\` sets the variables of the commands above; Ctrl-C ends it.`)
  } else {
    transcript.say('\n  To repeat a command: `npm run demo -- --keep` leaves it all running.')
  }
  return transcript.close()
}

/** Resolves at the first Ctrl-C; a second one ends everything without grace. */
async function untilInterrupted(stack: RunningStack): Promise<void> {
  await new Promise<void>((resolve) => {
    onInterrupt(resolve, () => {
      stack.kill()
      process.exit(1)
    })
  })
}
