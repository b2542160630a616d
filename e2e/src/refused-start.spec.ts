import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { findNatsServer, type StackPorts, startStack } from '@cambio/local-stack'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import { launch, nothingRuns } from './world/launched.js'
import { freePorts, operatorEnvironment, portEnvironment, temporaryDirectory } from './world/own-stack.js'

const place = temporaryDirectory()
let directory: string
let ports: StackPorts
let number = 0

beforeEach(async () => {
  directory = join(place.path, `data-${++number}`)
  ports = await freePorts()
})

afterEach(async () => {
  await nothingRuns(place.path)
})

afterAll(() => {
  place.remove()
})

/** Starts the stack, which has to refuse: status 1, nothing but its sentences, and nothing left running. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const started = launch('tools/launcher/dist/start.js', {
    ...operatorEnvironment(portEnvironment(ports)),
    CAMBIO_DATA_DIR: directory,
    ...env,
  })
  const { status, stdout, stderr } = await started.ended
  // A slow start may say what is not ready yet; `ready` alone on a line is the stack's word.
  expect(stdout).not.toMatch(/^ready$/m)
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^(?:[A-Za-z/].*\.\n)+$/)])
  await nothingRuns(directory)
  return stderr.trimEnd()
}

async function listenOn(port: number, host: string): Promise<Server> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  return server
}

describe('a start that cannot succeed says one sentence and ends with status 1', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('when other programs listen on its ports at %s, all named at once', async (host) => {
    const others = await Promise.all([ports['idp-registry'], ports.nats].map((port) => listenOn(port, host)))
    expect(await refusal({})).toBe(
      `Another program listens on port ${ports['idp-registry']} (IDP_REGISTRY_PORT), ${ports.nats} (NATS_PORT): ` +
        'stop it, or set the variable to a free port.',
    )
    for (const server of others) server.close()
  })

  it('when two of its ports are the same', async () => {
    expect(await refusal({ NATS_PORT: String(ports['token-service']) })).toBe(
      'TOKEN_SERVICE_PORT and NATS_PORT are the same port: give each its own.',
    )
  })

  it('when a port is no port', async () => {
    expect(await refusal({ APPLICATIONS_PORT: '80800', NATS_PORT: 'nats' })).toBe(
      'APPLICATIONS_PORT, NATS_PORT must be a port number from 1 to 65535.',
    )
  })

  it('when a file lies where its data directory belongs', async () => {
    writeFileSync(directory, '')
    for (const path of [directory, join(directory, 'below')]) {
      expect(await refusal({ CAMBIO_DATA_DIR: path })).toBe(
        `The data directory ${path} cannot be written: give this user rights on it, or set CAMBIO_DATA_DIR to another one.`,
      )
    }
  })

  it('when its data directory cannot be made by anybody', async () => {
    expect(await refusal({ CAMBIO_DATA_DIR: '/sys/cambio' })).toMatch(/^The data directory \/sys\/cambio cannot be written: /)
  })

  it('when a secret of the data directory is damaged', async () => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'secrets.json'), '{"CAMBIO_PEPPER":')
    expect(await refusal({})).toBe(
      `${join(directory, 'secrets.json')} cannot be read as JSON: restore it from a backup, or move the whole data directory away to start anew.`,
    )
  })

  it.each([
    [{ CAMBIO_SIGNING_ALGORITHM: 'HS256-by-mistake' }, /^token-service: CAMBIO_SIGNING_ALGORITHM must be one of ES256, RS256, EdDSA\.$/],
    [{ CAMBIO_FETCH_ALLOW: 'not a host' }, /^idp-registry: CAMBIO_FETCH_ALLOW must be [^\n]+\.$/],
    [
      { CAMBIO_ADMIN_CLIENT_SECRET: 'too-short-a-secret' },
      /^applications: CAMBIO_ADMIN_CLIENT_SECRET must be 32 to 256 printable [^\n]+\.$/,
    ],
    [{ CAMBIO_TYPO: 'typed-by-mistake' }, /^[a-z-]+: CAMBIO_TYPO is not a variable of Cambio; see docs\/configuration\.md\.$/],
    [{ CAMBIO_PEPPER_FILE: '/no/such/file' }, /^CAMBIO_PEPPER_FILE must be the path of a file that this user can read\.$/],
    [{ MONGODB_URI: 'mongodb://user:p4ssw0rd@db.example' }, /^[a-z-]+: MONGODB_URI is set, and [^\n]+: unset it [^\n]+\.$/],
  ])('when its configuration is malformed: %j, without the value', async (env, sentence) => {
    const said = await refusal(env)
    expect(said).toMatch(sentence)
    for (const value of Object.values(env)) expect(said).not.toContain(value)
  })

  it('when there is no nats-server and none can be fetched', async () => {
    const starting = startStack({
      ports,
      dataDirectory: directory,
      env: operatorEnvironment({ PATH: '' }),
      say: () => undefined,
      findNatsServer: (options) => findNatsServer({ ...options, otherFolders: [], mayFetch: false }),
    })
    await expect(starting).rejects.toMatchObject({
      name: 'StackFailure',
      message: expect.stringMatching(
        /^No nats-server 2\.9\.0 or newer was found and none could be fetched: install it \(.*\) or set NATS_URL to a running server with JetStream\.$/,
      ) as unknown,
    })
    await nothingRuns(directory)
  })
})
