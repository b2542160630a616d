/** A terminal signals every process of its group, and npm and wrappers pass the signal on: within this time it is one wish. */
const ECHO_MS = 1_000

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Tells when somebody wants this process to end, and when they insist.
 *
 * @param onFirst called once, for the first SIGINT, SIGTERM or SIGHUP
 * @param onSecond called for each further one that is not an echo of the first
 */
export function onInterrupt(onFirst: () => void, onSecond: () => void): void {
  let firstAt: number | undefined
  for (const signal of signals) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now()
        onFirst()
      } else if (performance.now() - firstAt > ECHO_MS) {
        onSecond()
      }
    })
  }
}
