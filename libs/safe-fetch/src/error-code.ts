/** The `code` of an error of Node, for the operator's log. Never its message: that of a parser or of a certificate repeats what the other side sent. */
export function errorCodeOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(errorCodeOf))].join(', ')
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown error'
}
