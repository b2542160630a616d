import { type FetchFailure } from '@cambio/safe-fetch'

import { errorFinding, type ErrorFindingCode, type Finding, type FindingField } from './finding.js'

/** What the API calls each failure of a fetch. */
const codes: Readonly<Record<FetchFailure['code'], ErrorFindingCode>> = {
  invalid_url: 'invalid_url',
  target_not_allowed: 'target_not_allowed',
  unreachable: 'unreachable',
  tls_error: 'tls_error',
  timeout: 'fetch_timeout',
  redirect_not_allowed: 'redirect_not_allowed',
  bad_status: 'bad_status',
  too_large: 'too_large',
  bad_response: 'bad_response',
  not_metadata: 'not_metadata',
  aborted: 'unreachable',
}

/** The stable code of a failed fetch, for findings and for the health of a key set. */
export const codeOfFetch = (failure: FetchFailure): ErrorFindingCode => codes[failure.code]

/** A failed fetch of an address that the administrator typed: the address may be refused as such (400). */
export const typedAddressFinding = (failure: FetchFailure, field: FindingField): Finding =>
  errorFinding(codeOfFetch(failure), { message: failure.publicText, field })

/** A failed fetch of an address that a document named: nobody typed it, so a malformed one is not a malformed request. */
export function namedAddressFinding(failure: FetchFailure, field: FindingField): Finding {
  const code = codeOfFetch(failure)
  return errorFinding(code === 'invalid_url' ? 'target_not_allowed' : code, { message: failure.publicText, field })
}
