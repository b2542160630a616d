import { pino, stdTimeFunctions } from 'pino'

import { redact } from './redact.js'
import { requestContext } from './request-context.js'
import { scrub } from './scrub.js'
import { traceIdOf } from './trace-context.js'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/**
 * Structured log of a service. Fields come first, as with pino; secrets are removed from them by name and by form,
 * whatever is passed. An error goes under `error`. An abstract class, to serve as injection token.
 */
export abstract class Log {
  abstract error(fields: object, message: string): void
  abstract warn(fields: object, message: string): void
  abstract info(fields: object, message: string): void
  abstract debug(fields: object, message: string): void
}

export interface LogOptions {
  readonly service: string
  readonly level: LogLevel
  /** Receives one line at a time; default: standard output. */
  readonly write?: (line: string) => void
}

/**
 * A log of JSON lines `{level, time, service, requestId?, traceId?, msg, …}`. Line breaks in values are escaped by JSON, so a line
 * cannot be forged.
 */
export function createLog({ service, level, write }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (members) => redact(members) as Record<string, unknown> },
    mixin: () => {
      const context = requestContext.getStore()
      if (context === undefined) return {}
      const { requestId, traceparent } = context
      return traceparent === undefined ? { requestId } : { requestId, traceId: traceIdOf(traceparent) }
    },
    // The finished line, so that no member, message or stack escapes it.
    hooks: { streamWrite: scrub },
  }
  if (write !== undefined) return new PinoLog(pino(options, { write }), () => undefined)
  const output = pino.destination({ fd: 1, sync: false, minLength: GATHERED_BYTES, periodicFlush: GATHERED_MS })
  return new PinoLog(pino(options, output), () => {
    output.flushSync()
  })
}

/** Lines are gathered and written behind the answers: a write for each request would cost more than the rest of its log line. */
const GATHERED_BYTES = 8_192
const GATHERED_MS = 100

class PinoLog extends Log {
  readonly #logger: pino.Logger
  readonly #flush: () => void

  constructor(logger: pino.Logger, flush: () => void) {
    super()
    this.#logger = logger
    this.#flush = flush
  }

  /** Written at once with all before it: it may be the last word of the process. */
  override error(fields: object, message: string): void {
    this.#logger.error(fields, message)
    this.#flush()
  }

  override warn(fields: object, message: string): void {
    this.#logger.warn(fields, message)
  }

  override info(fields: object, message: string): void {
    this.#logger.info(fields, message)
  }

  override debug(fields: object, message: string): void {
    this.#logger.debug(fields, message)
  }
}
