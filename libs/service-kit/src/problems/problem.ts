import { z } from 'zod'

import { PROBLEM_CODES, type ProblemCode, problemCodes } from './problem-codes.js'

/** One member of a request that is not as it should be. */
export interface FieldProblem {
  /** RFC 6901 pointer into the body; `#/query/<name>` for a query parameter and `#/path/<name>` for one of the path. */
  readonly pointer: string
  readonly detail: string
}

/** A failure as the API tells it. Everything in it is public. */
export interface Problem {
  readonly code: ProblemCode
  readonly detail?: string
  readonly errors?: readonly FieldProblem[]
  /** Extension members (RFC 9457 §3.2) such as `applications` of `idp_in_use`; never one of the standard names. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** Further headers, such as `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Carries a problem from a controller, guard or pipe to the filter that answers it; use cases return values instead. */
export class ProblemError extends Error {
  readonly problem: Problem

  /** @param options `cause` is what only the log may know */
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.code, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** Ends a request with a problem: `throw problem('issuer_exists', { detail })`. */
export function problem(code: ProblemCode, more: Omit<Problem, 'code'> = {}): ProblemError {
  return new ProblemError({ code, ...more })
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly errors?: readonly FieldProblem[]
}

/** The body of a problem (RFC 9457). `type` is `urn:cambio:problem:<code>`. */
export function problemDocument({ code, detail, errors, members }: Problem): ProblemDocument {
  return {
    ...members,
    type: `urn:cambio:problem:${code}`,
    title: problemCodes[code].title,
    status: problemCodes[code].status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** The schema of problem documents, for the API's description. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457); `code` is stable.' })
