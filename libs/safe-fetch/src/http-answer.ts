import { type IncomingMessage, request as httpRequest } from 'node:http'
import { type Socket } from 'node:net'
import { hostOf, portOf } from './address-policy.js'
import { whenStopped } from './deadline.js'
import { errorCodeOf } from './error-code.js'
import { type FetchFailure, fetchFailure } from './fetch-failure.js'
import { failed, type Result, success } from './result.js'

/** The headers that a caller may act on, as they came; absent where the host sent none. */
export interface AnswerHeaders {
  readonly cacheControl?: string
  readonly date?: string
  readonly age?: string
  readonly contentType?: string
}

export interface HttpAnswer {
  readonly body: Uint8Array
  readonly headers: AnswerHeaders
}

export interface HttpRequestOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Cap of the body, in bytes. */
  readonly maxBytes: number
  readonly stop: AbortSignal
}

/** Cap of status line and headers together, and of trailers, in bytes. */
const maxHeaderBytes = 16 * 1024

/**
 * Sends one GET over an open connection and reads one answer. Only 200 with an unencoded body within the cap is a success; whatever else comes ends the
 * connection at once, without reading on. The connection is closed afterwards in every case.
 */
export function requestOver(
  socket: Socket,
  url: URL,
  { headers, maxBytes, stop }: HttpRequestOptions,
): Promise<Result<HttpAnswer, FetchFailure>> {
  return new Promise((resolve) => {
    const request = httpRequest({
      createConnection: () => socket,
      host: hostOf(url),
      port: portOf(url),
      path: url.pathname + url.search,
      headers: { host: url.host, connection: 'close', 'accept-encoding': 'identity', ...headers },
      setHost: false,
      maxHeaderSize: maxHeaderBytes,
      insecureHTTPParser: false,
    })
    // By default Node drops what follows the 1000th header, and with it perhaps an encoding. The cap in bytes bounds their number.
    request.maxHeadersCount = 0
    const settle = (result: Result<HttpAnswer, FetchFailure>): void => {
      release()
      request.destroy()
      socket.destroy()
      resolve(result)
    }
    const release = whenStopped(stop, () => {
      settle(failed(fetchFailure('timeout', 'the answer was not complete in time')))
    })
    let response: IncomingMessage | undefined
    request.on('error', (error) => {
      settle(failed(response?.complete === true ? surplus : describeTransportError(error)))
    })
    // Without this, 101 would hand the socket to nobody.
    request.on('upgrade', () => {
      settle(failed(fetchFailure('bad_status', 'status 101')))
    })
    request.on('response', (incoming) => {
      response = incoming
      const fault = findHeadFault(incoming, maxBytes)
      if (fault !== undefined) settle(failed(fault))
      else readBody(incoming, maxBytes, settle)
    })
    request.end()
  })
}

function findHeadFault({ statusCode = 0, headers }: IncomingMessage, maxBytes: number): FetchFailure | undefined {
  if (statusCode >= 300 && statusCode < 400 && statusCode !== 304) return fetchFailure('redirect_not_allowed', `status ${statusCode}`)
  if (statusCode !== 200) return fetchFailure('bad_status', `status ${statusCode}`)
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') return fetchFailure('bad_response', 'an encoded body')
  if ((headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked')
    return fetchFailure('bad_response', 'an unknown transfer encoding')
  if (Number(headers['content-length'] ?? 0) > maxBytes) return fetchFailure('too_large', `announced more than ${maxBytes} bytes`)
  return undefined
}

function readBody(response: IncomingMessage, maxBytes: number, settle: (result: Result<HttpAnswer, FetchFailure>) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) settle(failed(fetchFailure('too_large', `more than ${maxBytes} bytes`)))
    else chunks.push(chunk)
  })
  response.on('error', (error) => {
    settle(failed(describeTransportError(error)))
  })
  response.on('end', () => {
    settle(success({ body: new Uint8Array(Buffer.concat(chunks)), headers: pickHeaders(response) }))
  })
}

function pickHeaders({ headers }: IncomingMessage): AnswerHeaders {
  return {
    ...(headers['cache-control'] === undefined ? {} : { cacheControl: headers['cache-control'] }),
    ...(headers.date === undefined ? {} : { date: headers.date }),
    ...(headers.age === undefined ? {} : { age: headers.age }),
    ...(headers['content-type'] === undefined ? {} : { contentType: headers['content-type'] }),
  }
}

/** The parser fails after a complete message only over bytes behind it: the announced length was a lie. */
const surplus = fetchFailure('too_large', 'more than the announced length')

function describeTransportError(error: Error): FetchFailure {
  const code = errorCodeOf(error)
  if (code === 'HPE_HEADER_OVERFLOW') return fetchFailure('too_large', `more than ${maxHeaderBytes} bytes of headers`)
  return fetchFailure('bad_response', `malformed or cut short: ${code}`)
}
