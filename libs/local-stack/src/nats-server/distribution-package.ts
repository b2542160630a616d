import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { isExecutable } from './executable.js'

const run = promisify(execFile)

/** Long enough for a slow mirror, short enough that a start without network goes on. */
const aptDeadlineMs = 120_000

export interface DistributionPackageOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cacheDir: string
  readonly log: (line: string) => void
}

export type UnpackedPackage = { readonly ok: true; readonly binary: string } | { readonly ok: false; readonly reason: string }

/**
 * Fetches the distribution's `nats-server` with apt, which checks its signature, and unpacks it below `cacheDir`.
 *
 * It is unpacked rather than installed: an installed package starts a server of the system and starts it again at each
 * boot, while this one belongs to whoever removes the cache. For the same reason no root is needed once the package
 * lists are there; root is needed to bring them up to date.
 */
export async function unpackDistributionPackage({ env, cacheDir, log }: DistributionPackageOptions): Promise<UnpackedPackage> {
  const folder = join(cacheDir, 'nats-server-package')
  const binary = join(folder, 'usr/sbin/nats-server')
  if (await isExecutable(binary)) return { ok: true, binary }
  const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  if (!(await has('apt-get', aptEnv)) || !(await has('dpkg-deb', aptEnv))) return { ok: false, reason: 'this system has no apt' }
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'package-'))
  try {
    log('nats-server: fetching the package of the distribution')
    const options = { cwd: work, env: aptEnv, timeout: aptDeadlineMs }
    if (process.getuid?.() === 0) {
      await run('apt-get', ['update', '-qq', '-o', 'Acquire::Retries=1'], options).catch(() => {
        log('nats-server: the package lists could not be brought up to date; going on with those that are there')
      })
    }
    await run('apt-get', ['download', '-qq', 'nats-server'], options)
    const packed = (await readdir(work)).find((name) => name.endsWith('.deb'))
    if (packed === undefined) return { ok: false, reason: 'apt gave no package' }
    await run('dpkg-deb', ['--extract', packed, 'unpacked'], options)
    await putInPlace(join(work, 'unpacked'), folder, binary)
    return (await isExecutable(binary)) ? { ok: true, binary } : { ok: false, reason: 'the package has no /usr/sbin/nats-server' }
  } catch (cause) {
    return { ok: false, reason: firstLine(cause) }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Another process may have been faster; what it put there is in use and stays. */
async function putInPlace(unpacked: string, folder: string, binary: string): Promise<void> {
  try {
    await rename(unpacked, folder)
  } catch (error) {
    if (await isExecutable(binary)) return
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) throw error
    await rm(folder, { recursive: true, force: true })
    await rename(unpacked, folder)
  }
}

async function has(command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return run(command, ['--version'], { env, timeout: 5_000 }).then(
    () => true,
    () => false,
  )
}

/** What apt said, rather than "Command failed". */
function firstLine(cause: unknown): string {
  const said = cause instanceof Error && 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr : ''
  return said.split('\n').find((line) => line.startsWith('E: ')) ?? 'apt could not fetch nats-server'
}
