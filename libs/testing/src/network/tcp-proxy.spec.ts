import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eventually } from '../observing/eventually.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

describe('a proxy that plays a bad network', () => {
  let echo: Server
  let proxy: TcpProxy
  const sockets: Socket[] = []
  beforeEach(async () => {
    echo = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => socket.write(`echo ${chunk.toString()}`))
    }).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    proxy = await startTcpProxy((echo.address() as AddressInfo).port)
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await proxy.stop()
    await proxy.stop()
    echo.close()
  })

  async function aClient(): Promise<{ said: () => string; say(text: string): void; ended: () => boolean; code: () => string | undefined }> {
    const socket = connect(proxy.port, '127.0.0.1')
    sockets.push(socket)
    let [said, ended] = ['', false]
    let code: string | undefined
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
    socket.on('close', () => (ended = true))
    await new Promise((resolve) => {
      socket.once('connect', resolve).once('close', resolve)
    })
    return { said: () => said, say: (text) => socket.write(text), ended: () => ended, code: () => code }
  }

  it('forwards, and late if it is told so', async () => {
    const client = await aClient()
    client.say('one')
    await eventually(() => {
      expect(client.said()).toBe('echo one')
    })
    proxy.delay(200)
    const began = performance.now()
    client.say('two')
    await eventually(() => {
      expect(client.said()).toBe('echo oneecho two')
    })
    expect(performance.now() - began).toBeGreaterThan(380) // there and back
    expect(proxy.connections).toBe(1)
  })

  it('passes on after a freeze what was said in it, and takes new connections meanwhile', async () => {
    const client = await aClient()
    client.say('one')
    await eventually(() => {
      expect(client.said()).toBe('echo one')
    })
    proxy.become('freeze')
    client.say('two')
    const late = await aClient()
    late.say('three')
    await sleep(200)
    expect([client.said(), late.said(), client.ended()]).toEqual(['echo one', '', false])
    proxy.become('forward')
    await eventually(() => {
      expect([client.said(), late.said()]).toEqual(['echo oneecho two', 'echo three'])
    })
  })

  it('forgets open connections for good and says nothing, while new ones work', async () => {
    const client = await aClient()
    client.say('one')
    await eventually(() => {
      expect(client.said()).toBe('echo one')
    })
    proxy.become('drop')
    client.say('two')
    const fresh = await aClient()
    fresh.say('three')
    await eventually(() => {
      expect(fresh.said()).toBe('echo three')
    })
    proxy.become('forward')
    client.say('four')
    await sleep(200)
    expect([client.said(), client.ended()]).toEqual(['echo one', false])
  })

  it('resets connections, and new ones at once', async () => {
    const client = await aClient()
    proxy.become('cut')
    await eventually(() => {
      expect([client.ended(), client.code()]).toEqual([true, 'ECONNRESET'])
    })
    const refused = await aClient()
    await eventually(() => {
      expect(refused.ended()).toBe(true)
    })
    expect(proxy.connections).toBe(0)
    proxy.become('forward')
    const again = await aClient()
    again.say('back')
    await eventually(() => {
      expect(again.said()).toBe('echo back')
    })
  })
})
