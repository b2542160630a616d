import { delimiter, join } from 'node:path'

import { unpackDistributionPackage } from './distribution-package.js'
import { isNewEnough, natsServerVersion, OLDEST_NATS_SERVER } from './nats-server.version.js'
import { pinnedRelease, unpackReleaseArchive } from './release-archive.js'

/** Where servers live that an unprivileged PATH does not list; Debian puts this one into `/usr/sbin`. */
const usualFolders = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin']

/** Where a server came from, in the order of looking: `path`, then `package`, then `archive`. */
export type NatsServerSource = 'path' | 'package' | 'archive'

export type NatsServerFinding =
  | { readonly ok: true; readonly binary: string; readonly version: string; readonly source: NatsServerSource }
  | { readonly ok: false; readonly problem: string }

export interface FindNatsServerOptions {
  /** `PATH` of it is searched. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Holds what was fetched, so that it is fetched once; made when it is needed. */
  readonly cacheDir: string
  /** Receives one line for each thing that takes time or did not work. */
  readonly log: (line: string) => void
  /** Folders to look in after those of `PATH`. Default: where servers live that an unprivileged `PATH` does not list. */
  readonly otherFolders?: readonly string[]
  /** Whether one that is not on this machine may be fetched. Default true. */
  readonly mayFetch?: boolean
}

/** Brings the binary of one source to this machine, or says in a few words why not. */
type Fetching = { readonly ok: true; readonly binary: string } | { readonly ok: false; readonly reason: string }

/**
 * Finds a nats-server to start, in the order of docs/architecture.md ("Starting it"): the binary on `PATH`, the
 * distribution's package, the official release archive with a pinned SHA-256. A caller with `NATS_URL` needs none.
 *
 * @returns the binary, or one sentence that says what to do; it throws only for programmer errors
 */
export async function findNatsServer(options: FindNatsServerOptions): Promise<NatsServerFinding> {
  const onPath = await firstUsable(foldersOf(options), options.log)
  if (onPath !== null) return { ok: true, ...onPath, source: 'path' }
  if (options.mayFetch === false) return { ok: false, problem: WHAT_TO_DO }
  const fetchers: readonly [NatsServerSource, () => Promise<Fetching>][] = [
    ['package', () => unpackDistributionPackage(options)],
    ['archive', () => unpackReleaseArchive({ ...options, release: pinnedRelease(process.platform, process.arch) })],
  ]
  for (const [source, fetching] of fetchers) {
    const fetched = await fetching()
    if (!fetched.ok) {
      options.log(`nats-server: no ${source}: ${fetched.reason}`)
      continue
    }
    const version = await natsServerVersion(fetched.binary)
    if (version !== null && isNewEnough(version)) return { ok: true, binary: fetched.binary, version, source }
    options.log(`nats-server: the ${source} at ${fetched.binary} does not run here or is older than ${OLDEST_NATS_SERVER}`)
  }
  return { ok: false, problem: WHAT_TO_DO }
}

const WHAT_TO_DO =
  `no nats-server ${OLDEST_NATS_SERVER} or newer was found and none could be fetched: ` +
  'install it (Debian, Ubuntu: apt-get install nats-server; macOS: brew install nats-server; others: https://docs.nats.io) ' +
  'or set NATS_URL to a running server with JetStream.'

function foldersOf({ env, otherFolders = usualFolders }: FindNatsServerOptions): string[] {
  const listed = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...new Set([...listed, ...otherFolders])]
}

async function firstUsable(folders: readonly string[], log: (line: string) => void) {
  for (const folder of folders) {
    const binary = join(folder, 'nats-server')
    const version = await natsServerVersion(binary)
    if (version === null) continue
    if (isNewEnough(version)) return { binary, version }
    log(`nats-server: ${binary} is ${version}, older than ${OLDEST_NATS_SERVER}`)
  }
  return null
}
