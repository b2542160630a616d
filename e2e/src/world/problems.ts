import { expect } from 'vitest'

import { type ApiAnswer } from './admin-api.js'

/** What a test knows of a problem beyond its code: everything is compared, so what is left out must be absent. */
interface ExpectedProblem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: unknown
  readonly errors?: unknown
  readonly [member: string]: unknown
}

/** Asserts a whole problem document (RFC 9457), its media type, and that nobody may keep it. */
export function expectProblem(answer: ApiAnswer, expected: ExpectedProblem): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: expected.status,
    body: { type: `urn:cambio:problem:${expected.code}`, ...expected },
  })
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/) as unknown,
  })
}

/** Asserts the 404 of an id that does not exist, or belongs to somebody else. */
export function expectNotFound(answer: ApiAnswer): void {
  const { detail } = answer.body
  expectProblem(answer, {
    status: 404,
    code: 'not_found',
    title: 'There is no such resource',
    ...(detail === undefined ? {} : { detail: expect.stringMatching(/^There is no such [a-z A-Z]+\.$/) as unknown }),
  })
}

/** Asserts the refusal of a caller without the scope, with the challenge that RFC 6750 §3.1 asks for. */
export function expectInsufficientScope(answer: ApiAnswer, scope: string): void {
  expectProblem(answer, {
    status: 403,
    code: 'insufficient_scope',
    title: 'The access token does not allow this',
    detail: `The scope ${scope} is needed.`,
  })
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="cambio", error="insufficient_scope", scope="${scope}"`)
}
