import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { unpackDistributionPackage } from './distribution-package.js'
import { natsServerVersion } from './nats-server.version.js'

const hasDpkg = spawnSync('dpkg-deb', ['--version']).status === 0

describe.skipIf(!hasDpkg)("the distribution's package", () => {
  let folder: string
  let cacheDir: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nats-package-'))
    cacheDir = join(folder, 'cache')
    mkdirSync(join(folder, 'bin'))
    script('deb/usr/sbin/nats-server', 'echo "nats-server: v2.9.10"')
    script('deb/DEBIAN/postinst', `touch ${join(folder, 'service-was-started')}`)
    writeFileSync(
      join(folder, 'deb/DEBIAN/control'),
      'Package: nats-server\nVersion: 2.9.10\nArchitecture: all\nMaintainer: T <t@t.test>\nDescription: t\n',
    )
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', join(folder, 'deb'), join(folder, 'packed.deb')], { stdio: 'ignore' })
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  function script(path: string, body: string): void {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  }

  /** An apt whose mirror holds what the test says; dpkg is the system's own. */
  async function unpackWithApt(download: string) {
    script('bin/apt-get', `echo "$1" >> ${join(folder, 'apt.log')}\ncase "$1" in update) exit 100 ;; download) ${download} ;; esac`)
    const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` }
    return unpackDistributionPackage({ env, cacheDir, log: () => undefined })
  }

  it('is unpacked without being installed, also when the lists could not be brought up to date', async () => {
    const unpacked = await unpackWithApt(`cp ${join(folder, 'packed.deb')} nats-server_2.9.10_all.deb`)
    const binary = join(cacheDir, 'nats-server-package/usr/sbin/nats-server')
    expect(unpacked).toEqual({ ok: true, binary })
    expect(await natsServerVersion(binary)).toBe('2.9.10')
    expect(readdirSync(folder)).not.toContain('service-was-started')
    expect(readdirSync(cacheDir)).toEqual(['nats-server-package'])
  })

  it('is fetched once', async () => {
    await unpackWithApt(`cp ${join(folder, 'packed.deb')} nats-server_2.9.10_all.deb`)
    expect((await unpackWithApt('exit 1')).ok).toBe(true)
  })

  it('may be fetched by several processes at once', async () => {
    const slowly = `sleep 0.2; cp ${join(folder, 'packed.deb')} nats-server_2.9.10_all.deb`
    const unpacked = await Promise.all([unpackWithApt(slowly), unpackWithApt(slowly), unpackWithApt(slowly)])
    expect(unpacked.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(readdirSync(cacheDir)).toEqual(['nats-server-package'])
  })

  it('says what apt said when there is none', async () => {
    const unpacked = await unpackWithApt("echo 'W: slow' >&2; echo 'E: Unable to locate package nats-server' >&2; exit 100")
    expect(unpacked).toEqual({ ok: false, reason: 'E: Unable to locate package nats-server' })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('is passed over on a system without apt', async () => {
    const unpacked = await unpackDistributionPackage({ env: { PATH: join(folder, 'bin') }, cacheDir, log: () => undefined })
    expect(unpacked).toEqual({ ok: false, reason: 'this system has no apt' })
  })
})
