import { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'

import { newId } from '@cambio/contracts'

import { type ProblemRenderer, renderProblem } from '../problems/problem.filter.js'
import { type Admission } from './admission.js'

/** What operators' machinery asks must be answered above all under overload, or it ends the process that is merely busy. */
const neverShed = new Set(['/healthz', '/readyz', '/metrics'])

/** A body up to this size is read and thrown away, which keeps the connection. */
const CHEAP_BODY_BYTES = 64 * 1024

export interface Shedding {
  readonly admission: Admission
  readonly renderers: readonly ProblemRenderer[]
  /** Sent with every refusal. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Refuses requests before anything is done for them: no routing, no hook, no body. A refusal that cost much would be the overload
 * itself. They are counted and not logged.
 */
export function shedRequests(server: Server, { admission, renderers, headers }: Shedding): void {
  const listeners = server.listeners('request') as RequestListener[]
  const answers = renderers.map(({ pathPrefix, render }) => ({ pathPrefix, answer: prepared(render({ code: 'unavailable' }), headers) }))
  const otherwise = prepared(renderProblem({ code: 'unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS }), headers)
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '/'
    if (!neverShed.has(pathOf(url))) {
      if (!admission.enter()) {
        refuse(request, response, answers.find(({ pathPrefix }) => url.startsWith(pathPrefix))?.answer ?? otherwise)
        return
      }
      response.once('close', () => {
        admission.leave()
      })
    }
    for (const listener of listeners) listener.call(server, request, response)
  })
}

const RETRY_AFTER_SECONDS = 5

interface PreparedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

function prepared(
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: unknown },
  more: Readonly<Record<string, string>>,
): PreparedAnswer {
  const bytes = Buffer.from(JSON.stringify(body))
  const retryAfter = { 'retry-after': String(RETRY_AFTER_SECONDS) }
  return { status, headers: { ...more, ...retryAfter, ...headers, 'content-length': String(bytes.length) }, body: bytes }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, headers, body }: PreparedAnswer): void {
  const isCheap = request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) <= CHEAP_BODY_BYTES
  response.writeHead(status, { ...headers, 'x-request-id': newId('request'), ...(isCheap ? {} : { connection: 'close' }) })
  response.end(body)
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}
