/**
 * What this library needs of a logger; a pino logger fits. Fields name subjects, kinds, revisions and counts, never
 * what a message held.
 */
export interface MessagingLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** An error's own words for a log line: its name and message, and never the objects that it carries. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'not an error object'
}
