/** Bounds of every HTTP request; a service may narrow or widen the bodies. */
export interface HttpLimits {
  readonly jsonBodyBytes: number
  readonly formBodyBytes: number
  /** All header lines together. */
  readonly headerBytes: number
  /** From the connection's first byte to the last header line. */
  readonly headersTimeoutMs: number
  /** From the connection's first byte to the last one of the body. */
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** Nesting of a JSON body. */
  readonly jsonDepth: number
}

export const defaultHttpLimits: HttpLimits = {
  jsonBodyBytes: 256 * 1024,
  formBodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 13_000,
  // Longer than the 60 s of common proxies, so that a proxy never reuses a connection that closes at that moment.
  keepAliveTimeoutMs: 65_000,
  jsonDepth: 32,
}

/** How often overdue requests are looked for; the bounds above are exceeded by at most this. */
export const TIMEOUT_CHECK_MS = 1_000
