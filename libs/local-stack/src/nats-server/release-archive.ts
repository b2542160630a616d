import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { isExecutable } from './executable.js'

const run = promisify(execFile)

/** An archive is about 7 MB; more than this is not one. */
const maxArchiveBytes = 64 * 1024 * 1024
const downloadDeadlineMs = 120_000

/** One archive of an official release. It holds `<name>/nats-server`. */
export interface NatsRelease {
  /** `nats-server-v<version>-<os>-<arch>`. */
  readonly name: string
  readonly url: string
  /** Hexadecimal SHA-256 of the archive. */
  readonly sha256: string
}

const version = '2.14.5'

/** From SHA256SUMS of https://github.com/nats-io/nats-server/releases/tag/v2.14.5. */
const checksums: Readonly<Record<string, string>> = {
  'linux-amd64': '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  'linux-arm64': '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
  'darwin-amd64': 'f95c98d6b6ed2b63c5681b46b092c9585c99767d547cf495730c329234625e96',
  'darwin-arm64': 'ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50',
}

/** The release that we pin for a platform and architecture of Node.js; null when we pin none. */
export function pinnedRelease(platform: string, architecture: string): NatsRelease | null {
  const target = `${platform}-${architecture === 'x64' ? 'amd64' : architecture}`
  const sha256 = checksums[target]
  if (sha256 === undefined) return null
  const name = `nats-server-v${version}-${target}`
  return { name, sha256, url: `https://github.com/nats-io/nats-server/releases/download/v${version}/${name}.tar.gz` }
}

export interface ReleaseArchiveOptions {
  readonly release: NatsRelease | null
  readonly cacheDir: string
  readonly log: (line: string) => void
}

export type UnpackedArchive = { readonly ok: true; readonly binary: string } | { readonly ok: false; readonly reason: string }

/**
 * Downloads an archive, checks its SHA-256 and unpacks the server below `cacheDir`; nothing of it is written before its
 * checksum is right, and the binary appears whole or not at all.
 */
export async function unpackReleaseArchive({ release, cacheDir, log }: ReleaseArchiveOptions): Promise<UnpackedArchive> {
  if (release === null) return { ok: false, reason: `no release is pinned for ${process.platform} on ${process.arch}` }
  const binary = join(cacheDir, release.name, 'nats-server')
  if (await isExecutable(binary)) return { ok: true, binary }
  log(`nats-server: downloading ${release.url}`)
  const archive = await download(release.url)
  if (archive === null) return { ok: false, reason: `${release.url} could not be downloaded` }
  const sha256 = createHash('sha256').update(archive).digest('hex')
  if (sha256 !== release.sha256) return { ok: false, reason: `${release.url} has another SHA-256 than the one we pin` }
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'archive-'))
  try {
    await writeFile(join(work, 'archive.tar.gz'), archive)
    await run('tar', ['-xzf', 'archive.tar.gz', `${release.name}/nats-server`], { cwd: work, timeout: 60_000 })
    await rm(join(cacheDir, release.name), { recursive: true, force: true })
    await rename(join(work, release.name), join(cacheDir, release.name))
    return { ok: true, binary }
  } catch {
    return { ok: false, reason: 'the archive could not be unpacked with tar' }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The address is ours and what it gives is checked, so that a redirect (GitHub makes one) may be followed anywhere. */
async function download(url: string): Promise<Buffer | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(downloadDeadlineMs) })
    if (!response.ok || response.body === null) return null
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > maxArchiveBytes) return null
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}
