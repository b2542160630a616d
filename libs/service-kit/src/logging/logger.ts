import { pino, stdTimeFunctions } from 'pino'

import { redact } from './redact.js'
import { currentRequestId } from './request-context.js'
import { scrub } from './scrub.js'

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
  /** Receives one line at a time; default: standard output, synchronously, so that the last words of a process are kept. */
  readonly write?: (line: string) => void
}

/**
 * A log of JSON lines `{level, time, service, requestId?, msg, …}`. Line breaks in values are escaped by JSON, so a line
 * cannot be forged.
 */
export function createLog({ service, level, write }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (members) => redact(members) as Record<string, unknown> },
    mixin: () => {
      const requestId = currentRequestId()
      return requestId === undefined ? {} : { requestId }
    },
    // The finished line, so that no member, message or stack escapes it.
    hooks: { streamWrite: scrub },
  }
  const logger = write === undefined ? pino(options, pino.destination({ fd: 1, sync: true })) : pino(options, { write })
  return new PinoLog(logger)
}

class PinoLog extends Log {
  readonly #logger: pino.Logger

  constructor(logger: pino.Logger) {
    super()
    this.#logger = logger
  }

  override error(fields: object, message: string): void {
    this.#logger.error(fields, message)
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
