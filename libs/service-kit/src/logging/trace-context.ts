/** Version, trace id, parent id, flags; a later version may add to them (W3C Trace Context, §3.2.2). */
const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const LONGEST = 512

/**
 * Reads a `traceparent` header of somebody else. It is passed on as it came, since nothing here is a span of its own; one of a later
 * version is passed on as version 00 (W3C Trace Context, §4.3).
 *
 * @returns undefined when there is none or it is malformed: then there is no trace
 */
export function readTraceparent(header: unknown): string | undefined {
  if (typeof header !== 'string' || header.length > LONGEST) return undefined
  const [, version, traceId, parentId, flags, more] = form.exec(header) ?? []
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined
  if (version === '00' && more !== undefined) return undefined
  return `00-${traceId}-${parentId}-${flags}`
}

/** The trace that a `traceparent` belongs to: what log lines of all services are found by. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35)
}
