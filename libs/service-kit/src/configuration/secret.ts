import { inspect } from 'node:util'

/**
 * A secret of the configuration. Whatever prints it (a template, JSON, a log, the debugger's inspection) prints
 * `[redacted]`; only `reveal()` gives the value, so that every use can be found by searching for it.
 */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
