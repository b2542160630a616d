/**
 * What can go wrong with a typed address, as a closed union told apart by `code`.
 *
 * `publicText` is for whoever typed the address: one fixed sentence for each code, never anything that came over the wire.
 * `privateDetail` is for the operator's log: addresses, error codes of Node; never a byte of a response's body.
 *
 * What a tenant can learn (docs/protocol.md, "Fetching an address that somebody typed"):
 * - `target_not_allowed` is decided from the typed text and the DNS answers alone, before any connection. A name without an
 *   answer and a name with a private answer give the same code, text and timing, so that internal names cannot be told
 *   from names that do not exist.
 * - `unreachable` and every later code need a connection, and a connection is only made to a public address or to one that
 *   the operator opened. So neither text nor timing says anything about a port of an internal host.
 * - `target_not_allowed` and `unreachable` share one text.
 */
export type FetchFailure = FetchRefusal | UnusableAnswer | NotMetadata

/** Decided before any connection. `invalid_url` is about the text alone (400 in the REST API), `target_not_allowed` about where it leads (422). */
export interface FetchRefusal {
  readonly code: 'invalid_url' | 'target_not_allowed'
  readonly publicText: string
  readonly privateDetail: string
}

/**
 * The address was allowed and gave nothing usable (422 in the REST API).
 *
 * - `unreachable`: no connection within the time to connect, or no working name server
 * - `tls_error`: certificate or protocol version could not be verified
 * - `timeout`: connected, but the answer was not complete in time
 * - `redirect_not_allowed`: any 3xx with a meaning of "look elsewhere"; nothing was followed
 * - `bad_status`: any other status than 200
 * - `too_large`: more header or body bytes than the cap
 * - `bad_response`: not HTTP, cut short, compressed
 * - `aborted`: the caller's signal
 */
export interface UnusableAnswer {
  readonly code: 'unreachable' | 'tls_error' | 'timeout' | 'redirect_not_allowed' | 'bad_status' | 'too_large' | 'bad_response' | 'aborted'
  readonly publicText: string
  readonly privateDetail: string
}

/** A body that is not one strict JSON object (422 in the REST API). */
export interface NotMetadata {
  readonly code: 'not_metadata'
  readonly publicText: string
  readonly privateDetail: string
}

export type FetchFailureCode = FetchFailure['code']

const noUsableTarget =
  'This address cannot be used: it must be an https address of a public host by its name, on a permitted port, and the host must answer.'

/** The one sentence that a tenant reads for each code. */
export const publicTexts: Readonly<Record<FetchFailureCode, string>> = {
  invalid_url:
    'This is not an address that can be fetched: it must be https, without user information and fragment, and for discovery a well-known path.',
  target_not_allowed: noUsableTarget,
  unreachable: noUsableTarget,
  tls_error: 'The certificate or the TLS version of this host could not be verified.',
  timeout: 'The host did not answer completely in time.',
  redirect_not_allowed: 'The host answered with a redirect, and redirects are not followed: give the final address.',
  bad_status: 'The host did not answer with status 200.',
  too_large: 'The answer is larger than what is accepted.',
  bad_response: 'The host did not answer with plain HTTP: the answer was malformed, cut short or compressed.',
  not_metadata: 'The answer is not a JSON object, or it has duplicate members.',
  aborted: 'The request was given up before it was complete.',
}

/** Builds the failure of one code with its fixed public text. */
export function fetchFailure<C extends FetchFailureCode>(
  code: C,
  privateDetail: string,
): { code: C; publicText: string; privateDetail: string } {
  return { code, publicText: publicTexts[code], privateDetail }
}
