import { type FieldProblem, type Problem, type ProblemCode, ProblemError } from '@cambio/service-kit'

import { type Finding, isError } from '../discovery/finding.js'

/** An application that has bound a client id of the provider. */
export interface BindingApplication {
  readonly id: string
  readonly name: string
}

/** Every expected refusal of the use cases of this folder; nothing has changed when one is returned. */
export type IdentityProviderFailure =
  | { readonly code: 'not_found' }
  | { readonly code: 'name_exists' }
  | { readonly code: 'name_immutable' }
  | { readonly code: 'issuer_exists'; readonly issuer: string }
  | { readonly code: 'condition_unsupported' }
  | { readonly code: 'invalid_content'; readonly errors: readonly FieldProblem[] }
  | { readonly code: 'stale_revision' }
  | { readonly code: 'revision_conflict' }
  | { readonly code: 'idp_in_use'; readonly applications: readonly BindingApplication[] }
  | { readonly code: 'bindings_unknown' }
  /** At least one of the findings is an error; the first one names the problem. */
  | { readonly code: 'findings'; readonly findings: readonly Finding[] }
  | { readonly code: 'invalid_cursor' }
  | { readonly code: 'too_large' }

export type IdentityProviderResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: IdentityProviderFailure }

/** What `applications` does not answer within its deadline, it may answer a moment later. */
const retryBindingsSeconds = 5

/** The problem document of each failure. */
export function problemOf(failure: IdentityProviderFailure): Problem {
  switch (failure.code) {
    case 'not_found':
    case 'stale_revision':
    case 'revision_conflict':
    case 'name_immutable':
      return { code: failure.code }
    case 'name_exists':
      return { code: failure.code, errors: [{ pointer: '/name', detail: 'is the name of another identity provider' }] }
    case 'issuer_exists':
      return { code: failure.code, errors: [{ pointer: '/issuer', detail: `${failure.issuer} is registered already` }] }
    case 'condition_unsupported':
      return { code: failure.code, errors: [{ pointer: '/condition', detail: 'must be absent: this version evaluates no expression' }] }
    case 'invalid_content':
      return { code: failure.code, errors: failure.errors }
    case 'invalid_cursor':
      return { code: 'invalid_content', errors: [{ pointer: '#/query/cursor', detail: 'must be the nextCursor of a page before' }] }
    case 'too_large':
      return { code: 'invalid_content', errors: [{ pointer: '', detail: 'makes the identity provider larger than 512 KiB' }] }
    case 'idp_in_use':
      return { code: failure.code, members: { applications: failure.applications } }
    case 'bindings_unknown':
      return {
        code: 'unavailable',
        detail: 'Whether applications are bound to the identity provider cannot be found out at the moment.',
        retryAfterSeconds: retryBindingsSeconds,
      }
    case 'findings':
      return { code: codeOfFindings(failure.findings), members: { findings: failure.findings } }
  }
}

/** The first error names the problem; there is one, or the findings would be no failure. */
function codeOfFindings(findings: readonly Finding[]): ProblemCode {
  const error = findings.find(isError)
  if (error === undefined) throw new TypeError('findings without an error are no failure')
  return error.code
}

export const refuse = <C extends IdentityProviderFailure>(failure: C): { readonly ok: false; readonly failure: C } => ({
  ok: false,
  failure,
})

/** The value of a use case's result for a controller, whose filter answers the refusal. @throws ProblemError */
export function valueOrProblem<T>(result: IdentityProviderResult<T>): T {
  if (result.ok) return result.value
  throw new ProblemError(problemOf(result.failure))
}
