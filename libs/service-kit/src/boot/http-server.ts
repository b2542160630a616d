import { type Socket } from 'node:net'

import { newId } from '@cambio/contracts'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { type Readiness } from '../health/readiness.js'
import { type RequestContext, requestContext } from '../logging/request-context.js'
import { readTraceparent } from '../logging/trace-context.js'
import { type AllowedMethods } from '../problems/allowed-methods.js'
import { type Problem, problem } from '../problems/problem.js'
import { renderProblem } from '../problems/problem.filter.js'
import { statusOf } from '../problems/problem-codes.js'
import { translateError } from '../problems/translate-error.js'
import { type Shedding, shedRequests } from '../overload/shed-requests.js'
import { MERGE_PATCH_MEDIA_TYPE } from '../rest/merge-patch.js'
import { type HttpLimits, TIMEOUT_CHECK_MS } from './http-limits.js'
import { jsonText } from './json-body.js'

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const

export interface HttpServerOptions {
  readonly limits: HttpLimits
  readonly readiness: Readiness
  readonly allowedMethods: AllowedMethods
  /** Which requests are taken, and how the others are answered. Absent: all are. */
  readonly overload?: Omit<Shedding, 'headers'> | undefined
  /** Told of every answer; the route is its template, never the address. */
  readonly onAnswer: (answer: { method: string; path: string; route: string; status: number; durationMs: number }) => void
}

/**
 * The HTTP side of a service: bounds on everything that a stranger can send, a request id of our own making, no trust in
 * forwarding headers, and addresses taken as they are (case, slashes and all).
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { limits } = options
  const server = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: limits.jsonBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestIdHeader: false,
    // Sorted by time, so that an index over them grows at its end.
    genReqId: () => newId('request'),
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, maxParamLength: 256 },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      answerBrokenRequest(error, socket)
    },
    // The types of Fastify know no status here, since no route is known either.
    frameworkErrors: (error, request, reply: unknown) => {
      answerUnroutable(error, request.id, reply as FastifyReply)
    },
  })
  addBodyParsers(server, limits)
  addHooks(server, options)
  if (options.overload !== undefined) shedRequests(server.server, { ...options.overload, headers: securityHeaders })
  return server
}

/** Only JSON and forms are read, and a form is handed on as it came, for a parser that refuses what a lenient one would mend. */
function addBodyParsers(server: FastifyInstance, limits: HttpLimits): void {
  const parseJson = server.getDefaultJsonParser('error', 'error')
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    ['application/json', MERGE_PATCH_MEDIA_TYPE],
    { parseAs: 'buffer', bodyLimit: limits.jsonBodyBytes },
    (request: FastifyRequest, body: Buffer, done) => {
      if (isMergePatch(request) && request.method !== 'PATCH') {
        done(problem('unsupported_media_type'))
        return
      }
      const text = jsonText(body, limits.jsonDepth)
      if (typeof text === 'string') void parseJson(request, text, done)
      else done(text)
    },
  )
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: limits.formBodyBytes },
    (_request, body: string, done) => {
      done(null, body)
    },
  )
}

const isMergePatch = (request: FastifyRequest): boolean =>
  request.headers['content-type']?.toLowerCase().startsWith(MERGE_PATCH_MEDIA_TYPE) === true

function addHooks(server: FastifyInstance, { readiness, allowedMethods, onAnswer }: HttpServerOptions): void {
  const contexts = new WeakMap<FastifyRequest, RequestContext>()
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of Array.isArray(method) ? method : [method]) allowedMethods.add(one, url)
  })
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    if (readiness.isDraining) void reply.header('connection', 'close')
    const context = contextOf(request)
    contexts.set(request, context)
    requestContext.run(context, done)
  })
  // The body arrives in events of the socket, which belong to no request: enter the context again.
  server.addHook('preValidation', (request, _reply, done) => {
    requestContext.run(contexts.get(request) ?? contextOf(request), done)
  })
  server.addHook('onResponse', (request, reply, done) => {
    onAnswer({
      method: request.method,
      path: request.raw.url?.split('?', 1)[0] ?? '',
      route: request.routeOptions.url ?? '(none)',
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    })
    done()
  })
}

function contextOf(request: FastifyRequest): RequestContext {
  const traceparent = readTraceparent(request.headers['traceparent'])
  return { requestId: request.id, ...(traceparent === undefined ? {} : { traceparent }) }
}

/** Addresses that the router cannot read get their answer before any hook runs. */
function answerUnroutable(error: Error, requestId: string, reply: FastifyReply): void {
  const { status, headers, body } = renderProblem(translateError(error, () => undefined).problem)
  void reply
    .status(status)
    .headers({ ...headers, ...securityHeaders, 'x-request-id': requestId })
    .send(Buffer.from(JSON.stringify(body)))
}

/** What is not even HTTP gets its answer on the bare socket; the connection cannot be used any further. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const broken: Problem = { code: brokenRequestCode(error.code) }
  const { headers, body } = renderProblem(broken)
  const text = JSON.stringify(body)
  const lines = Object.entries({ ...headers, ...securityHeaders, connection: 'close', 'content-length': String(Buffer.byteLength(text)) })
  socket.end(`HTTP/1.1 ${statusOf(broken.code)} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`)
}

function brokenRequestCode(code: string | undefined): 'headers_too_large' | 'request_timeout' | 'malformed_request' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_request'
}
