import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * What happens to connections. `forward`: all is passed on. `freeze`: nothing is passed on in either direction, and all of it later, as
 * when packets are lost for a while. `drop`: as a middlebox does that forgot its connections: those that are open swallow everything for
 * good and say nothing, and new ones are passed on. `cut`: connections are reset, and new ones at once.
 */
export type ProxyMode = 'forward' | 'freeze' | 'drop' | 'cut'

/** A TCP proxy on 127.0.0.1 that plays a bad network between a client and a server. It begins by forwarding. */
export interface TcpProxy {
  readonly port: number
  /** Connections that are open towards it. */
  readonly connections: number
  become(mode: ProxyMode): void
  /** From now on what arrives is passed on so much later, in its order. Default at the start: 0. */
  delay(ms: number): void
  /** Ends it with all connections. A second call does nothing. */
  stop(): Promise<void>
}

/** Starts a proxy to a port of 127.0.0.1; whether anybody listens there shows when somebody connects. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new Proxy(targetPort)
  await proxy.listen()
  return proxy
}

class Proxy implements TcpProxy {
  readonly #targetPort: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #mode: ProxyMode = 'forward'
  #delayMs = 0

  constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((client) => {
      this.#accept(client)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#pairs.size
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  become(mode: ProxyMode): void {
    this.#mode = mode
    for (const pair of this.#pairs) {
      if (mode === 'drop') pair.forget()
      else if (mode === 'cut') pair.reset()
      else pair.pass(mode === 'forward')
    }
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) pair.reset()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#mode === 'cut') {
      client.resetAndDestroy()
      return
    }
    const pair: Pair = new Pair(client, connect(this.#targetPort, '127.0.0.1'), {
      delayMs: () => this.#delayMs,
      onEnd: () => this.#pairs.delete(pair),
    })
    this.#pairs.add(pair)
    pair.pass(this.#mode !== 'freeze')
  }
}

interface PairOptions {
  readonly delayMs: () => number
  readonly onEnd: () => void
}

/** A client's connection and the one to the server that stands for it. */
class Pair {
  readonly #sockets: readonly [Socket, Socket]
  readonly #options: PairOptions
  #isForgotten = false

  constructor(client: Socket, server: Socket, options: PairOptions) {
    this.#sockets = [client, server]
    this.#options = options
    this.#join(client, server)
    this.#join(server, client)
  }

  pass(isPassing: boolean): void {
    if (this.#isForgotten) return
    for (const socket of this.#sockets) {
      if (isPassing) socket.resume()
      else socket.pause()
    }
  }

  /** Both ends stay open and hear nothing any more. */
  forget(): void {
    this.#isForgotten = true
    for (const socket of this.#sockets) socket.resume()
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#options.onEnd()
  }

  #join(from: Socket, to: Socket): void {
    const later = (work: () => void): void => {
      const ms = this.#options.delayMs()
      if (ms === 0) work()
      else setTimeout(work, ms)
    }
    from.pause().setNoDelay()
    from.on('data', (chunk) => {
      later(() => {
        if (!this.#isForgotten && to.writable) to.write(chunk)
      })
    })
    // A peer that ends, with or without an error, is felt at the other side, unless nothing gets through.
    from.on('error', () => undefined)
    from.once('close', () => {
      if (this.#isForgotten) return
      later(() => to.destroy())
      this.#options.onEnd()
    })
  }
}
