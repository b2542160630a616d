import { HttpException } from '@nestjs/common'

import { type Problem, ProblemError } from './problem.js'
import { type ProblemCode } from './problem-codes.js'

/** Recognises an error that means "try again later", such as a store that does not answer; undefined for every other. */
export type UnavailableMapper = (error: unknown) => { readonly retryAfterSeconds: number } | undefined

/** What an error becomes for the caller, and whether it is a fault of ours that belongs into the log. */
export interface Translation {
  readonly problem: Problem
  readonly fault: boolean
}

const unavailableRetrySeconds = 5

/** Fastify's own refusals, before any handler of ours runs. */
const fastifyCodes: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed_json' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'malformed_json', detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'content_too_large' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'malformed_request', detail: 'Content-Length does not match the body.' },
  FST_ERR_BAD_URL: { code: 'malformed_request', detail: 'The address is not properly encoded.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'uri_too_long' },
}

const codesOfStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed_request',
  401: 'authentication_required',
  403: 'insufficient_scope',
  404: 'route_not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  412: 'stale_revision',
  413: 'content_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'invalid_content',
  429: 'too_many_requests',
  431: 'headers_too_large',
  503: 'unavailable',
}

/** Says what the caller is told about an error. Nothing of an unknown error reaches the caller. */
export function translateError(error: unknown, isUnavailable: UnavailableMapper): Translation {
  if (error instanceof ProblemError) return { problem: error.problem, fault: error.problem.code === 'internal_error' }
  const known = fastifyProblem(error) ?? (error instanceof HttpException ? fastifyProblem(error.cause) : undefined)
  if (known !== undefined) return { problem: known, fault: false }
  const retry = isUnavailable(error)
  if (retry !== undefined) return { problem: { code: 'unavailable', ...retry }, fault: true }
  const code = codesOfStatus[statusOfError(error) ?? 500]
  if (code === undefined) return { problem: { code: 'internal_error' }, fault: true }
  const fault = code === 'unavailable'
  return { problem: { code, ...(fault ? { retryAfterSeconds: unavailableRetrySeconds } : {}) }, fault }
}

function fastifyProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return Object.hasOwn(fastifyCodes, error.code) ? fastifyCodes[error.code] : undefined
}

function statusOfError(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus()
  // Fastify's errors name the status of a refusal; of a fault the caller learns nothing.
  if (error instanceof Error && error.name === 'FastifyError' && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode
  }
  return undefined
}
