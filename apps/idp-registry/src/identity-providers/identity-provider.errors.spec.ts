import { PROBLEM_CODES, statusOf } from '@cambio/service-kit'
import { describe, expect, it } from 'vitest'

import { errorFinding, errorFindingCodes, warning } from '../discovery/finding.js'
import { type IdentityProviderFailure, problemOf } from './identity-provider.errors.js'

const failures: Record<IdentityProviderFailure['code'], [IdentityProviderFailure, string, number]> = {
  not_found: [{ code: 'not_found' }, 'not_found', 404],
  name_exists: [{ code: 'name_exists' }, 'name_exists', 409],
  name_immutable: [{ code: 'name_immutable' }, 'name_immutable', 422],
  issuer_exists: [{ code: 'issuer_exists', issuer: 'https://a.example' }, 'issuer_exists', 409],
  condition_unsupported: [{ code: 'condition_unsupported' }, 'condition_unsupported', 422],
  invalid_content: [{ code: 'invalid_content', errors: [] }, 'invalid_content', 422],
  stale_revision: [{ code: 'stale_revision' }, 'stale_revision', 412],
  revision_conflict: [{ code: 'revision_conflict' }, 'revision_conflict', 409],
  idp_in_use: [{ code: 'idp_in_use', applications: [] }, 'idp_in_use', 409],
  bindings_unknown: [{ code: 'bindings_unknown' }, 'unavailable', 503],
  findings: [{ code: 'findings', findings: [errorFinding('tls_error', { message: 'x' })] }, 'tls_error', 422],
  invalid_cursor: [{ code: 'invalid_cursor' }, 'invalid_content', 422],
  too_large: [{ code: 'too_large' }, 'invalid_content', 422],
}

describe('a refusal of a use case', () => {
  it.each(Object.values(failures))('%o is the problem %s with status %i', (failure, code, status) => {
    const problem = problemOf(failure)
    expect([problem.code, statusOf(problem.code)]).toEqual([code, status])
  })

  it('is named by the first error among its findings, advice aside', () => {
    const findings = [
      warning('keys_dropped', { message: 'a' }),
      errorFinding('no_usable_keys', { message: 'b' }),
      errorFinding('issuer_mismatch', { message: 'c' }),
    ]
    expect(problemOf({ code: 'findings', findings })).toEqual({ code: 'no_usable_keys', members: { findings } })
    expect(() => problemOf({ code: 'findings', findings: findings.slice(0, 1) })).toThrow(TypeError)
  })

  it('has only codes that the API documents', () => {
    expect(errorFindingCodes.filter((code) => !PROBLEM_CODES.includes(code))).toEqual([])
  })
})
