import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** What a server does with one connection once the request's head is in; it writes raw bytes, so that it can break any rule of HTTP. */
export type Behaviour = (socket: Socket, requestHead: string) => void | Promise<void>

/** A server on a free loopback port that keeps count of what reached it. */
export class HostileServer {
  connections = 0
  readonly requests: string[] = []
  readonly #sockets: Socket[] = []

  constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  accept(socket: Socket, behave: Behaviour): void {
    this.#sockets.push(socket)
    let head = ''
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      this.requests.push(head)
      void behave(socket, head)
    }
    socket.on('data', read)
    socket.on('error', () => {
      socket.destroy() // the client hangs up on most of what is sent here
    })
  }

  /** Resolves once every connection so far has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#sockets.filter((socket) => !socket.destroyed).map(closed))
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }
}

export interface HostileServerOptions {
  /** With it the server speaks TLS. */
  readonly tls?: TlsOptions
  /** Written at once, before the client has said anything. */
  readonly greeting?: string
}

/** Starts one on 127.0.0.1. `connections` counts those of TCP, also where a handshake fails later. */
export async function startHostileServer(behave: Behaviour, { tls, greeting }: HostileServerOptions = {}): Promise<HostileServer> {
  const server = tls === undefined ? createServer() : createTlsServer(tls)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server')
  const hostile = new HostileServer(server, address.port)
  server.prependListener('connection', () => {
    hostile.connections += 1
  })
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    hostile.accept(socket, behave)
    if (greeting !== undefined) socket.write(greeting)
  })
  server.on('tlsClientError', () => undefined)
  return hostile
}

/** Answers with a head and a body as they stand, then closes. */
export function answering(head: readonly string[], body: string | Uint8Array = ''): Behaviour {
  return (socket) => {
    socket.write([...head, '', ''].join('\r\n'))
    socket.end(body)
  }
}

/** Answers 200 with a JSON text and its true length. */
export function answeringJson(json: string): Behaviour {
  return answering(['HTTP/1.1 200 OK', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(json)}`], json)
}

/** Writes a chunk again and again as long as the client takes it. */
export async function writeForever(socket: Socket, chunk: string | Uint8Array): Promise<void> {
  while (!socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([drained(socket), closed(socket)])
  }
}

/** Unlike `once` of node:events, not undone by the error that comes first. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve))
}

function drained(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('drain', resolve))
}
