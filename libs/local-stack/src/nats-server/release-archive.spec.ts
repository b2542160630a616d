import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { natsServerVersion } from './nats-server.version.js'
import { type NatsRelease, pinnedRelease, unpackReleaseArchive } from './release-archive.js'

const name = 'nats-server-v2.14.5-linux-amd64'

describe('the release archive', () => {
  let folder: string
  let cacheDir: string
  let archive: Buffer
  let server: Server
  let requests: number

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nats-archive-'))
    cacheDir = join(folder, 'cache')
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'nats-server'), '#!/bin/sh\necho "nats-server: v2.14.5"\n')
    chmodSync(join(folder, name, 'nats-server'), 0o755)
    execFileSync('tar', ['-czf', 'archive.tar.gz', name], { cwd: folder })
    archive = readFileSync(join(folder, 'archive.tar.gz'))
    requests = 0
    server = createServer((request, response) => {
      requests += 1
      if (request.url === '/moved') response.writeHead(302, { location: '/archive' }).end()
      else if (request.url === '/archive') response.end(archive)
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function release(path: string, sha256 = createHash('sha256').update(archive).digest('hex')): NatsRelease {
    return { name, sha256, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}` }
  }
  const unpack = (from: NatsRelease | null) => unpackReleaseArchive({ release: from, cacheDir, log: () => undefined })

  it('unpacks the server behind a redirect, and fetches it once', async () => {
    const binary = join(cacheDir, name, 'nats-server')
    expect(await unpack(release('/moved'))).toEqual({ ok: true, binary })
    expect(await natsServerVersion(binary)).toBe('2.14.5')
    expect(await unpack(release('/moved'))).toEqual({ ok: true, binary })
    expect(requests).toBe(2)
    expect(readdirSync(cacheDir)).toEqual([name])
  })

  it('writes nothing of an archive whose SHA-256 is not the pinned one', async () => {
    const other = release('/archive', '0'.repeat(64))
    expect(await unpack(other)).toEqual({ ok: false, reason: `${other.url} has another SHA-256 than the one we pin` })
    expect(existsSync(cacheDir)).toBe(false)
  })

  it('says so when the archive cannot be had', async () => {
    const missing = release('/none')
    expect(await unpack(missing)).toEqual({ ok: false, reason: `${missing.url} could not be downloaded` })
  })

  it('says so when the archive is none, and leaves nothing behind', async () => {
    archive = Buffer.from('not an archive')
    expect(await unpack(release('/archive'))).toEqual({ ok: false, reason: 'the archive could not be unpacked with tar' })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('pins a release for Linux and macOS on the two common architectures, and for nothing else', async () => {
    for (const platform of ['linux', 'darwin']) {
      for (const architecture of ['x64', 'arm64']) expect(pinnedRelease(platform, architecture)?.sha256).toMatch(/^[0-9a-f]{64}$/)
    }
    expect(pinnedRelease('linux', 'x64')?.url).toBe(
      'https://github.com/nats-io/nats-server/releases/download/v2.14.5/nats-server-v2.14.5-linux-amd64.tar.gz',
    )
    expect(pinnedRelease('linux', 'toString')).toBeNull()
    expect(await unpack(null)).toEqual({ ok: false, reason: `no release is pinned for ${process.platform} on ${process.arch}` })
  })
})
