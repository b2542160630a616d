import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { eventually, freePort, httpRequest, startNatsServer } from '@cambio/testing'
import { describe, expect, it, onTestFinished } from 'vitest'

const folder = join(import.meta.dirname, '..', 'testing')

interface Child {
  readonly ended: Promise<number | null>
  readonly out: () => string
  readonly err: () => string
  readonly kill: (signal: NodeJS.Signals) => void
}

/** Runs a service as its own process, with nothing in its environment but what is given. */
function run(way: string, env: Record<string, string>): Child {
  const child = spawn(
    process.execPath,
    ['--conditions=@cambio/source', '--import', join(folder, 'source-hooks.mjs'), join(folder, 'service-child.mjs'), way],
    {
      env: { PATH: process.env['PATH'] ?? '', CAMBIO_SNAPSHOT_KEY: 'ab'.repeat(32), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { ended, out: () => texts.out, err: () => texts.err, kill: (signal) => child.kill(signal) }
}

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cambio-run-service-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true })
  })
  return directory
}

const listening = (url: string) =>
  eventually(
    async () => {
      expect((await httpRequest(`${url}/healthz`)).status).toBe(200)
    },
    { withinMs: 40_000, everyMs: 50 },
  )

describe('a service as a process', { timeout: 60_000 }, () => {
  it('says everything that is wrong with its configuration, and ends with status 1', async () => {
    const child = run('plain', { IDP_REGISTRY_PORT: 'x', CAMBIO_SNAPSHOT_KEY: 'short-secret', CAMBIO_LOGLEVEL: 'debug' })
    expect(await child.ended).toBe(1)
    expect(child.err()).toBe(
      'CAMBIO_LOGLEVEL is not a variable of Cambio; see docs/configuration.md.\n' +
        'IDP_REGISTRY_PORT must be a port number from 1 to 65535.\n' +
        'CAMBIO_SNAPSHOT_KEY must be at least 32 random bytes in base64url or hexadecimal.\n',
    )
    expect(child.out()).toBe('')
  })

  it('says in one sentence what it refuses to start with', async () => {
    const child = run('refuses', {})
    expect(await child.ended).toBe(1)
    expect(child.err()).toBe('The data directory belongs to somebody else: choose another.\n')
  })

  it('ends when it cannot be composed, with the error in its log', async () => {
    const child = run('breaks', {})
    expect(await child.ended).toBe(1)
    expect(child.err()).toBe('idp-registry could not start; the log says why.\n')
    expect(JSON.parse(child.out())).toMatchObject({
      level: 'error',
      msg: 'the service could not start',
      error: { message: 'a programmer erred' },
    })
  })

  it('names the variable of a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      other.close()
    })
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const child = run('plain', { IDP_REGISTRY_PORT: String(port) })
    expect(await child.ended).toBe(1)
    expect(child.err()).toBe(`Another program listens on port ${port}: stop it, or set IDP_REGISTRY_PORT to a free port.\n`)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with status 0 on %s, also while it waits for NATS', async (signal) => {
    const port = await freePort()
    const child = run('with-feed', {
      IDP_REGISTRY_PORT: String(port),
      NATS_URL: `nats://127.0.0.1:${await freePort()}`,
      CAMBIO_DATA_DIR: aDirectory(),
    })
    const url = `http://127.0.0.1:${port}`
    await listening(url)
    expect((await httpRequest(`${url}/readyz`)).status).toBe(200)
    child.kill(signal)
    expect(await child.ended).toBe(0)
    expect(child.err()).toBe('')
  })

  it('loads what only the API’s description needs when that is asked for', async () => {
    const port = await freePort()
    const child = run('tells-what-it-loaded', { IDP_REGISTRY_PORT: String(port) })
    await eventually(
      () => {
        expect(child.out()).toMatch(/^{"loaded":.*\n/m)
      },
      { withinMs: 40_000, everyMs: 50 },
    )
    const { loaded } = JSON.parse(/^{"loaded":.*$/m.exec(child.out())?.[0] ?? '') as { loaded: string[] }
    expect(loaded.filter((url) => url.includes('/@nestjs/core/')).length).toBeGreaterThan(0)
    expect(loaded.filter((url) => /\/(?:@nestjs\/swagger|swagger-ui-dist|es-toolkit)\//.test(url))).toEqual([])
    const description = await httpRequest(`http://127.0.0.1:${port}/openapi.json`)
    expect([description.status, (description.json() as { openapi: string }).openapi]).toEqual([200, '3.1.0'])
  })

  it('ends when something fails that nobody expected, and says so', async () => {
    const child = run('rejects-later', { IDP_REGISTRY_PORT: String(await freePort()) })
    expect(await child.ended).toBe(1)
    expect(child.out()).toContain('"msg":"an error that nobody expected; the process ends"')
    expect(child.out()).toContain('nobody expected this')
  })

  it('ends when NATS refuses its credentials', async () => {
    const nats = await startNatsServer({ user: { name: 'cambio', password: 'the-right-password' } })
    onTestFinished(() => nats.stop())
    const child = run('with-feed', {
      IDP_REGISTRY_PORT: String(await freePort()),
      NATS_URL: nats.url,
      NATS_USER: 'cambio',
      NATS_PASSWORD: 'the-wrong-password',
      CAMBIO_DATA_DIR: aDirectory(),
    })
    expect(await child.ended).toBe(1)
    expect(child.err()).toMatch(/^NATS refused the credentials: .*\.\n$/)
    expect(child.out()).not.toContain('the-wrong-password')
  })
})
