import { createServer, type AddressInfo } from 'node:net'

import { freePort, startNatsServer, type TestNatsServer } from '@cambio/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { RecordedLog } from '../testing/recorded-log.js'
import { type NatsCredentials } from './link-options.js'
import { createNatsLink, type NatsLink } from './nats-link.js'

describe('the link to NATS', () => {
  let server: TestNatsServer | undefined
  let log = new RecordedLog()
  const links: NatsLink[] = []
  afterEach(async () => {
    await Promise.all(links.splice(0).map(async (link) => link.close()))
    await server?.stop()
    server = undefined
    log = new RecordedLog()
  })

  function open(servers: string, credentials?: NatsCredentials): NatsLink {
    const link = createNatsLink({ servers, name: 'test', log, reconnectWaitMs: 50, credentials })
    links.push(link)
    return link
  }

  it('waits for a server that is away at the start, and keeps what was subscribed meanwhile', async () => {
    const port = await freePort()
    const link = open(`nats://127.0.0.1:${port}`)
    const received: string[] = []
    link.subscribe('greetings', { onMessage: (message) => received.push(message.string()) })
    await expect(Promise.race([link.connected(), Promise.resolve('not yet')])).resolves.toBe('not yet')
    expect(link.state.status).toBe('never connected')
    expect(link.connection).toBeUndefined()
    await vi.waitFor(() => {
      expect(link.isAway).toBe(true)
    })
    server = await startNatsServer({ port })
    await link.connected()
    expect(link.isAway).toBe(false)
    expect(link.state.status).toBe('connected')
    link.connection?.publish('greetings', 'hello')
    await vi.waitFor(() => {
      expect(received).toEqual(['hello'])
    })
  })

  it('reconnects after a restart, says so, and goes on receiving', async () => {
    server = await startNatsServer()
    const link = open(server.url)
    let connections = 0
    link.onConnect(() => (connections += 1))
    const received: string[] = []
    link.subscribe('greetings', { onMessage: (message) => received.push(message.string()) })
    await link.connected()
    const { since } = link.state
    await server.kill()
    await vi.waitFor(() => {
      expect(link.state.status).toBe('disconnected')
    })
    expect(link.connection).toBeUndefined()
    expect(link.state.since.getTime()).toBeGreaterThanOrEqual(since.getTime())
    await server.restart()
    await vi.waitFor(
      () => {
        expect(link.state.status).toBe('connected')
      },
      { timeout: 5_000 },
    )
    expect(connections).toBe(2)
    link.connection?.publish('greetings', 'again')
    await vi.waitFor(() => {
      expect(received).toEqual(['again'])
    })
  })

  it('notices a server that is frozen with its connections open (EV-08)', async () => {
    server = await startNatsServer()
    const link = open(server.url)
    await link.connected()
    await server.pause()
    await vi.waitFor(
      () => {
        expect(link.state.status).toBe('disconnected')
      },
      { timeout: 12_000, interval: 100 },
    )
    server.resume()
    await vi.waitFor(
      () => {
        expect(link.state.status).toBe('connected')
      },
      { timeout: 8_000, interval: 100 },
    )
  }, 25_000)

  it('tells refused credentials from a server that is away, and names none of them', async () => {
    server = await startNatsServer({ user: { name: 'cambio', password: 'right-password' } })
    const link = open(server.url, { user: 'cambio', pass: 'wrong-password' })
    await expect(link.connected()).rejects.toMatchObject({
      code: 'nats_refused',
      message: 'NATS refused the credentials: check the user, password, token or credentials file',
    })
    expect(link.state.status).toBe('refused')
    expect(log.text).not.toContain('wrong-password')
    await open(server.url, { user: 'cambio', pass: 'right-password' }).connected()
    await open(server.url.replace('nats://', 'nats://cambio:right-password@')).connected()
    expect(log.text).not.toContain('right-password')
  })

  it('does not take a server that waited too long for the credentials for one that refused them', async () => {
    let attempts = 0
    const impatient = createServer((socket) => {
      socket.write('INFO {"server_id":"x","version":"2.9.10","proto":1,"max_payload":1048576,"auth_required":true}\r\n')
      socket.on('error', () => undefined)
      socket.once('data', () => {
        attempts += 1
        socket.end("-ERR 'Authentication Timeout'\r\n")
      })
    })
    await new Promise<void>((resolve) => impatient.listen(0, '127.0.0.1', resolve))
    const { port } = impatient.address() as AddressInfo
    const link = open(`nats://127.0.0.1:${port}`, { user: 'cambio', pass: 'right-password' })
    await vi.waitFor(() => {
      expect(attempts).toBeGreaterThan(1)
    })
    expect(link.state.status).toBe('never connected')
    await new Promise((resolve) => impatient.close(resolve))
    server = await startNatsServer({ port, user: { name: 'cambio', password: 'right-password' } })
    await link.connected()
  })

  it('survives that its credentials are refused for a while when it had been connected', async () => {
    const port = await freePort()
    server = await startNatsServer({ port, user: { name: 'cambio', password: 'one' } })
    const link = open(server.url, { user: 'cambio', pass: 'one' })
    const received: string[] = []
    link.subscribe('greetings', { onMessage: (message) => received.push(message.string()) })
    await link.connected()
    await server.stop()
    server = await startNatsServer({ port, user: { name: 'cambio', password: 'two' } })
    await vi.waitFor(
      () => {
        expect(link.state.status).toBe('refused')
      },
      { timeout: 5_000 },
    )
    await server.stop()
    server = await startNatsServer({ port, user: { name: 'cambio', password: 'one' } })
    await vi.waitFor(
      () => {
        expect(link.state.status).toBe('connected')
      },
      { timeout: 8_000 },
    )
    link.connection?.publish('greetings', 'again')
    await vi.waitFor(() => {
      expect(received).toEqual(['again'])
    })
  }, 25_000)

  it('keeps its connection when what a message is handed to throws', async () => {
    server = await startNatsServer()
    const link = open(server.url)
    await link.connected()
    const received: string[] = []
    link.subscribe('greetings', {
      onMessage: (message) => {
        received.push(message.string())
        throw new TypeError('a programmer was here')
      },
    })
    link.connection?.publish('greetings', 'one')
    link.connection?.publish('greetings', 'two')
    await vi.waitFor(() => {
      expect(received).toEqual(['one', 'two'])
    })
    expect(link.state.status).toBe('connected')
  })

  it('can be closed before it was ever connected, and stays closed', async () => {
    const link = open(`nats://127.0.0.1:${await freePort()}`)
    const connected = link.connected()
    await link.close()
    await link.close()
    await expect(connected).rejects.toMatchObject({ code: 'nats_refused' })
    expect(link.state.status).toBe('closed')
  })
})
