import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo } from 'node:net'

import { type Answer, answersWith, type ReceivedRequest } from './answers.js'

export interface ScriptedServerOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Makes it an https server. */
  readonly tls?: ServerOptions
}

/** An HTTP server on loopback whose every answer a test decides; it keeps what it was asked. */
export class ScriptedServer {
  /** What a path answers when no script says otherwise. */
  private readonly usual = new Map<string, Answer>()
  private readonly scripted = new Map<string, Answer>()
  private readonly queued = new Map<string, Answer[]>()
  private readonly received: ReceivedRequest[] = []
  private connections = 0

  private constructor(private readonly server: Server) {}

  static async start({ port = 0, host = '127.0.0.1', tls }: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const listener: RequestListener = (request, response) => void scripted.handle(request, response)
    const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
    const scripted = new ScriptedServer(server)
    server.on('connection', () => {
      scripted.connections += 1
    })
    // A caller that refuses our certificate or hangs up in the middle is what is being tested.
    server.on('tlsClientError', () => undefined)
    server.listen(port, host)
    await once(server, 'listening')
    return scripted
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** All requests since the start or the last `forget()`, in the order of their arrival. */
  get requests(): readonly ReceivedRequest[] {
    return this.received
  }

  /** TCP connections that were opened, those without a request included. */
  get connectionCount(): number {
    return this.connections
  }

  requestsTo(path: string): readonly ReceivedRequest[] {
    return this.received.filter((request) => request.path === path)
  }

  /** What this path answers until `behave()`. */
  answer(path: string, answer: Answer): void {
    this.scripted.set(path, answer)
  }

  /** What the next request to this path gets; several calls queue up. */
  answerOnce(path: string, answer: Answer): void {
    this.queued.set(path, [...(this.queued.get(path) ?? []), answer])
  }

  /** What this path answers when it is not scripted; 404 otherwise. */
  usually(path: string, answer: Answer): void {
    this.usual.set(path, answer)
  }

  /** Ends the script: every path answers as usual again. */
  behave(): void {
    this.scripted.clear()
    this.queued.clear()
  }

  /** Starts counting afresh. */
  forget(): void {
    this.received.length = 0
    this.connections = 0
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return
    this.server.close()
    this.server.closeAllConnections()
    await once(this.server, 'close')
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined)
    try {
      const received = await read(request)
      this.received.push(received)
      const answer = this.queued.get(received.path)?.shift() ?? this.scripted.get(received.path) ?? this.usual.get(received.path)
      await (answer ?? answersWith({ error: 'not_found' }, 404))(received, response)
    } catch {
      response.socket?.destroy() // the caller has gone
    }
  }
}

async function read(request: IncomingMessage): Promise<ReceivedRequest> {
  const atMs = Date.now()
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const { url = '/', method = 'GET', headers } = request
  return {
    method,
    url,
    path: url.split('?')[0] ?? url,
    headers,
    body: Buffer.concat(chunks).toString(),
    atMs,
    remotePort: request.socket.remotePort ?? 0,
  }
}
