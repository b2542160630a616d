import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { natsServerConfig, writeNatsServerConfig } from './nats-server.config.js'
import { findNatsServer } from './nats-server.finder.js'

describe('the configuration of nats-server', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nats-config-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('starts a server with JetStream, messages of 1 MiB and one user, whatever the characters of the password', async () => {
    const found = await findNatsServer({ env: process.env, cacheDir: join(folder, 'cache'), log: () => undefined })
    if (!found.ok) throw new Error(found.problem)
    const user = { name: 'cambio', password: 'a"b\\c$d {e} #f' }
    const args = await writeNatsServerConfig(join(folder, 'nats.conf'), { port: -1, storeDir: join(folder, 'store dir'), user })
    const server = spawn(found.binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      const port = await portOf(server.stderr)
      const info = JSON.parse((await greetingOf(port, '')).replace(/^INFO /, '').split('\r\n')[0]!) as Record<string, unknown>
      expect(info).toMatchObject({ host: '127.0.0.1', jetstream: true, max_payload: 1_048_576, auth_required: true })
      const login = (pass: string) => `CONNECT ${JSON.stringify({ user: 'cambio', pass, verbose: false })}\r\nPING\r\n`
      expect(await greetingOf(port, login(user.password))).toContain('PONG')
      expect(await greetingOf(port, login('another'))).toContain("-ERR 'Authorization Violation'")
    } finally {
      server.kill('SIGKILL')
    }
  })

  it('keeps the file with the password from other users of the machine', async () => {
    const file = join(folder, 'nats.conf')
    await writeNatsServerConfig(file, { port: 4222, storeDir: folder, user: { name: 'cambio', password: 'secret' } })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it.each([0, -2, 65_536, 1.5, Number.NaN])('refuses port %s', (port) => {
    expect(() => natsServerConfig({ port, storeDir: '/tmp/x' })).toThrow(TypeError)
  })

  it('refuses a relative store folder, and line breaks that would add settings', () => {
    expect(() => natsServerConfig({ port: 4222, storeDir: 'store' })).toThrow(TypeError)
    expect(() => natsServerConfig({ port: 4222, storeDir: '/tmp/x', user: { name: 'a', password: 'b\nhost: 0.0.0.0' } })).toThrow(TypeError)
  })
})

async function portOf(log: NodeJS.ReadableStream): Promise<number> {
  let port = 0
  for await (const line of createInterface({ input: log })) {
    port = Number(/client connections on .*:(\d+)$/.exec(line)?.[1] ?? port)
    if (line.includes('Server is ready')) return port
  }
  throw new Error('the server ended before it was ready')
}

/** What a server says to these bytes until it is silent for 200 ms. */
async function greetingOf(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(socket, 'data')
  socket.write(bytes)
  socket.setTimeout(200, () => socket.destroy())
  await once(socket, 'close')
  return said
}
