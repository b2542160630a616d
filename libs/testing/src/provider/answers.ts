import { once } from 'node:events'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query, undecoded. */
  readonly url: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** `Date.now()` at its arrival. */
  readonly atMs: number
  /** The caller's port: equal for requests on one connection. */
  readonly remotePort: number
}

/** Answers one request however it likes; it may also never do so. Scripts of a test are functions of this kind. */
export type Answer = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>

/** 200 (or another status) with a body; an object is sent as `application/json`, a text as `text/plain` unless headers say otherwise. */
export function answersWith(body: string | Uint8Array | object, status = 200, headers: OutgoingHttpHeaders = {}): Answer {
  return (_, response) => {
    const isJson = typeof body === 'object' && !(body instanceof Uint8Array)
    const type = isJson ? 'application/json' : 'text/plain; charset=utf-8'
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(isJson ? JSON.stringify(body) : body)
  }
}

/** JSON written by the test: duplicate members, a BOM, half a document. */
export function answersWithJsonText(text: string | Uint8Array, headers: OutgoingHttpHeaders = {}): Answer {
  return answersWith(text, 200, { 'content-type': 'application/json', ...headers })
}

export function redirectsTo(location: string, status: 301 | 302 | 303 | 307 | 308 = 302): Answer {
  return answersWith('', status, { location })
}

/** Another answer, `delayMs` later. */
export function answersLater(delayMs: number, answer: Answer): Answer {
  return async (request, response) => {
    await sleep(delayMs)
    if (!response.destroyed) await answer(request, response)
  }
}

/** Takes the request and says nothing until the caller gives up. */
export const neverAnswers: Answer = () => undefined

/** Closes the connection without a byte. */
export const hangsUp: Answer = (_, response) => {
  response.socket?.destroy()
}

/** Sends a part of a longer body and closes the connection. */
export function hangsUpAfter(part: string, contentLength: number, headers: OutgoingHttpHeaders = {}): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers, 'content-length': contentLength })
    response.write(part, () => response.socket?.destroy())
  }
}

/** Sends a body in chunks until the caller closes the connection, at most `maxBytes` (default 64 MiB, so that a test ends). */
export function answersEndlessly(headers: OutgoingHttpHeaders = {}, maxBytes = 64 * 1024 * 1024): Answer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    const chunk = Buffer.alloc(16 * 1024, ' ')
    for (let sent = 0; sent < maxBytes && !response.destroyed; sent += chunk.length) {
      if (!response.write(chunk)) await drained(response)
    }
    response.end()
  }
}

/** Sends one byte each `everyMs`: each read succeeds, and the whole takes for ever. */
export function answersDrop(body: string, everyMs: number, headers: OutgoingHttpHeaders = {}): Answer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    for (const byte of Buffer.from(body)) {
      if (response.destroyed) return
      response.write(Buffer.of(byte))
      await sleep(everyMs)
    }
    response.end()
  }
}

/** A small gzip body (about a thousandth) that decodes to this many spaces, sent whatever the caller accepts. */
export function answersWithGzipBomb(decodedBytes: number): Answer {
  let packed: Buffer | undefined
  return (request, response) => {
    packed ??= gzipSync(Buffer.alloc(decodedBytes, ' '))
    return answersWith(packed, 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })(request, response)
  }
}

/** Writes these bytes to the connection instead of HTTP as Node.js would write it, and closes it: lies about the length, no HTTP at all. */
export function answersRaw(bytes: string | Uint8Array): Answer {
  return (_, response) => {
    response.socket?.end(bytes)
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([once(response, 'drain', over), once(response, 'close', over)])
  } finally {
    over.abort()
  }
}
