import { setTimeout as sleep } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Default 5,000. */
  readonly withinMs?: number
  /** Between two tries. Default 10. */
  readonly everyMs?: number
}

/**
 * Tries until the function does not throw, and gives what it gave. Put assertions into it.
 *
 * @throws what the last try threw, once the time is over
 */
export async function eventually<T>(attempt: () => T | Promise<T>, { withinMs = 5_000, everyMs = 10 }: EventuallyOptions = {}): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (cause) {
      if (performance.now() >= deadline) throw cause
      await sleep(everyMs)
    }
  }
}
