import { join } from 'node:path'

import { findNatsServer } from '@cambio/local-stack'

/** Names the binary that tests run against, so that the same suites run on the oldest and the newest server. */
const BINARY_VARIABLE = 'TEST_NATS_SERVER'

let found: Promise<string> | undefined

/**
 * The nats-server that tests run; looked for once a process.
 *
 * @throws Error when none can be found: a suite that needs one fails, it is never skipped
 */
export async function testedBinary(): Promise<string> {
  const named = process.env[BINARY_VARIABLE]
  if (named !== undefined && named !== '') return named
  found ??= findNatsServer({
    env: process.env,
    cacheDir: join(import.meta.dirname, '../../../../.cache'),
    log: (line) => {
      console.error(line)
    },
  }).then((finding) => {
    if (!finding.ok) throw new Error(finding.problem)
    return finding.binary
  })
  return found
}
