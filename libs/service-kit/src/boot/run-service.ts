import { writeSync } from 'node:fs'

import { type ServiceName } from '@cambio/contracts'

import { type Configuration, parseConfiguration } from '../configuration/parse-configuration.js'
import { processEnvironment } from '../configuration/process-environment.js'
import { createLog, type Log } from '../logging/logger.js'
import { logLevelOf } from './log-level.js'
import { type ServiceOptions, startService } from './start-service.js'
import { StartRefusal } from './start-refusal.js'

/** After a signal the process ends within 10 s, whatever still hangs. */
const EXIT_WITHIN_MS = 9_500

export type ServiceComposition<S extends ServiceName> = Omit<ServiceOptions<S>, 'service' | 'configuration' | 'log'>

/**
 * The whole of a service's `main.ts`: reads the configuration, composes the service, starts it, and ends it on SIGTERM or
 * SIGINT with status 0. Malformed configuration, and whatever `compose` or the start refuses by `StartRefusal`
 * or the store's `StoreOpenError`, is said
 * on standard error in one sentence each and ends the process with status 1.
 *
 * @param compose makes the service's parts from its configuration; it may read files and must not wait for other servers
 */
export async function runService<S extends ServiceName>(
  service: S,
  compose: (configuration: Configuration<S>, log: Log) => ServiceComposition<S> | Promise<ServiceComposition<S>>,
): Promise<void> {
  const reading = parseConfiguration(service, processEnvironment())
  if (!reading.ok) {
    refuse(reading.problems.map(({ variable, rule }) => `${variable} ${rule}.`).join('\n'))
    return
  }
  const { configuration } = reading
  const log = createLog({ service, level: logLevelOf(configuration) })
  endOnFaults(log)
  try {
    const composition = await compose(configuration, log)
    const running = await startService({ ...composition, service, configuration, log })
    endOnSignals(log, running.stop)
    for (const refused of [composition.feed?.refused, composition.database?.refused]) {
      void refused?.then((refusal) => {
        log.error({ reason: refusal.message }, 'the service cannot go on')
        refuse(refusal.message)
      })
    }
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) log.error({ error }, 'the service could not start')
    refuse(sentence ?? `${service} could not start; the log says why.`)
  }
}

/** What the operator can do about, in a sentence of its own: ours, or that of a store's or replica's file. */
function sentenceOf(error: unknown): string | undefined {
  const isStoreOpen = error instanceof Error && 'code' in error && error.code === 'store_open'
  return error instanceof StartRefusal || isStoreOpen ? error.message : undefined
}

/** Standard error is written synchronously, since `process.exit` waits for nothing. */
function refuse(sentence: string): void {
  writeSync(2, `${sentence}\n`)
  process.exit(1)
}

/** An error that nobody expected leaves the process in an unknown state: it says so and ends, and is started anew. */
function endOnFaults(log: Log): void {
  const end = (error: unknown): void => {
    log.error({ error }, 'an error that nobody expected; the process ends')
    process.exit(1)
  }
  process.on('unhandledRejection', end)
  process.on('uncaughtException', end)
}

function endOnSignals(log: Log, stop: () => Promise<void>): void {
  let isEnding = false
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    log.info({ signal }, 'stopping')
    const late = setTimeout(() => {
      log.warn({}, 'something did not end in time; the process ends without it')
      process.exit(0)
    }, EXIT_WITHIN_MS)
    stop().then(
      () => {
        clearTimeout(late)
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ error }, 'the service did not stop in order')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}
