import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The oldest server that keeps our feed (docs/architecture.md): the version in Debian 12. */
export const OLDEST_NATS_SERVER = '2.9.0'

/**
 * Asks a binary for its version, within 5 s.
 *
 * @returns the version without its `v` (`2.9.10`), or null when this is no nats-server that runs on this machine
 */
export async function natsServerVersion(binary: string): Promise<string | null> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 5_000 })
    return /^nats-server: v(\d+\.\d+\.\d+)/m.exec(stdout)?.[1] ?? null
  } catch {
    return null
  }
}

/** Whether a version is `OLDEST_NATS_SERVER` or newer; pre-release suffixes are ignored. */
export function isNewEnough(version: string): boolean {
  return version.localeCompare(OLDEST_NATS_SERVER, 'en', { numeric: true }) >= 0
}
