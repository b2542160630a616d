import { type LoggerService } from '@nestjs/common'

import { type Log } from './logger.js'

/** Takes what Nest says about itself into the service's log. Its routine of starting is of interest only when debugging. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest))
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.target.error(...entry(message, rest))
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.target.warn(...entry(message, rest))
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest))
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.target.debug(...entry(message, rest))
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.target.error(...entry(message, rest))
  }
}

/** Nest passes the context as the last parameter and, for errors, the stack before it. */
function entry(message: unknown, rest: readonly unknown[]): [object, string] {
  const context = rest.at(-1)
  const stack = rest.length > 1 ? rest[0] : undefined
  const fields = { ...(typeof context === 'string' ? { context } : {}), ...(typeof stack === 'string' ? { stack } : {}) }
  if (message instanceof Error) return [{ ...fields, error: message }, message.message]
  if (typeof message === 'string') return [fields, message]
  return [{ ...fields, ...(typeof message === 'object' ? message : {}) }, typeof context === 'string' ? context : 'nest']
}
