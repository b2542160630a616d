import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { findNatsServer } from './nats-server.finder.js'
import { isNewEnough, natsServerVersion } from './nats-server.version.js'

describe('finding nats-server', () => {
  let folder: string
  let lines: string[]
  const log = (line: string) => lines.push(line)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nats-finder-'))
    lines = []
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function program(name: string, says: string): Promise<string> {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'nats-server'), `#!/bin/sh\necho '${says}'\n`)
    await chmod(join(folder, name, 'nats-server'), 0o755)
    return join(folder, name)
  }

  it('takes the first one on PATH that is new enough and says which it passed over', async () => {
    const old = await program('old', 'nats-server: v2.8.4')
    const other = await program('other', 'something else')
    const good = await program('good', 'nats-server: v2.10.29')
    const found = await findNatsServer({ env: { PATH: `${old}:${other}::${good}` }, cacheDir: join(folder, 'cache'), log })
    expect(found).toEqual({ ok: true, binary: join(good, 'nats-server'), version: '2.10.29', source: 'path' })
    expect(lines).toEqual([`nats-server: ${join(old, 'nats-server')} is 2.8.4, older than 2.9.0`])
  })

  it('says what to do when there is none and none may be fetched', async () => {
    const options = { env: { PATH: folder }, cacheDir: join(folder, 'cache'), log, otherFolders: [], mayFetch: false }
    expect(await findNatsServer(options)).toEqual({
      ok: false,
      problem: expect.stringMatching(
        /^no nats-server 2\.9\.0 or newer was found .* or set NATS_URL to a running server with JetStream\.$/,
      ) as string,
    })
  })

  it('has no version for what is missing or is no nats-server', async () => {
    expect(await natsServerVersion(join(folder, 'none'))).toBeNull()
    expect(await natsServerVersion(join(await program('no', 'v2.9.10'), 'nats-server'))).toBeNull()
  })

  it.each([
    ['2.9.0', true],
    ['2.9.10', true],
    ['2.15.1', true],
    ['3.0.0', true],
    ['2.8.99', false],
    ['1.4.1', false],
  ])('compares versions by number: %s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected)
  })
})
