import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import { type FastifyReply, type FastifyRequest } from 'fastify'

import { type Log } from '../logging/logger.js'
import { type AllowedMethods } from './allowed-methods.js'
import { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js'
import { statusOf } from './problem-codes.js'
import { translateError, type UnavailableMapper } from './translate-error.js'

/** An answer in a vocabulary of its own, such as the OAuth endpoints' `error`. */
export interface RenderedProblem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Addresses whose failures are answered in another vocabulary than problem documents. */
export interface ProblemRenderer {
  /** `/oauth2/`: begins and ends with a slash. */
  readonly pathPrefix: string
  readonly render: (problem: Problem) => RenderedProblem
}

export interface ProblemFilterOptions {
  readonly log: Log
  readonly isUnavailable: UnavailableMapper
  readonly renderers: readonly ProblemRenderer[]
  readonly allowedMethods: AllowedMethods
}

/** The only place where an error becomes an answer: what is not foreseen is a 500 that tells nothing, and a line in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly options: ProblemFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    // A handler of messages turns its failures into data itself; it never answers by HTTP.
    if (host.getType() !== 'http') throw error
    const http = host.switchToHttp()
    const request = http.getRequest<FastifyRequest>()
    const reply = http.getResponse<FastifyReply>()
    const translation = translateError(error, this.options.isUnavailable)
    if (translation.fault && !isGivenUp(error, request))
      this.options.log.error({ error, code: translation.problem.code }, 'a request failed')
    if (reply.sent) return
    const path = pathOf(request)
    const problem = this.#withMethods(translation.problem, request, path)
    const { status, headers, body } = this.#render(problem, path)
    void reply
      .status(status)
      .headers({ ...headers, ...problem.headers, ...retryAfter(problem) })
      // As bytes, since Fastify adds a charset to texts, and JSON has none (RFC 8259 §11).
      .send(Buffer.from(JSON.stringify(body)))
  }

  /** An address that exists for other methods is 405 with `Allow` (RFC 9110 §15.5.6), not 404. */
  #withMethods(problem: Problem, request: FastifyRequest, path: string): Problem {
    if (problem.code !== 'route_not_found') return problem
    const methods = this.options.allowedMethods.of(path)
    if (methods.length === 0 || methods.includes(request.method)) return problem
    return { code: 'method_not_allowed', headers: { allow: methods.join(', ') } }
  }

  #render(problem: Problem, path: string): RenderedProblem {
    const renderer = this.options.renderers.find(({ pathPrefix }) => path.startsWith(pathPrefix))
    return renderer === undefined ? renderProblem(problem) : renderer.render(problem)
  }
}

/** A problem as an answer in the API's own vocabulary. */
export function renderProblem(problem: Problem): RenderedProblem {
  return {
    status: statusOf(problem.code),
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store' },
    body: problemDocument(problem),
  }
}

function retryAfter({ retryAfterSeconds }: Problem): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }
}

/** Whoever hangs up amid a body has done nothing to us that an operator has to look at, and must not be able to fill the log. */
const isGivenUp = (error: unknown, { raw }: FastifyRequest): boolean =>
  raw.readableAborted && error instanceof Error && 'code' in error && error.code === 'ECONNRESET'

const pathOf = (request: FastifyRequest): string => request.raw.url?.split('?', 1)[0] ?? '/'
