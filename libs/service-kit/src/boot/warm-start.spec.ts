import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'

import { privateDirectory } from './warm-start.js'

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cambio-warm-start-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true })
  })
  return directory
}

/** Runs a program that is started warm, as a service's `main.ts` is. */
function start(dataDirectory: string, program: string) {
  const source = JSON.stringify(join(import.meta.dirname, 'warm-start.ts'))
  const code = `import { startWarm } from ${source}; await startWarm(async () => { ${program} })`
  const hooks = join(import.meta.dirname, '..', 'testing', 'source-hooks.mjs')
  const arguments_ = ['--conditions=@cambio/source', '--import', hooks, '--input-type=module', '--eval', code]
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, {
    env: { PATH: process.env['PATH'] ?? '', CAMBIO_DATA_DIR: dataDirectory, OWN_COMPILE_CACHE: '1' },
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('where compiled code is kept', () => {
  it('is made for this user alone', () => {
    const path = join(aDirectory(), 'data', 'compile-cache')
    expect(privateDirectory(path)).toBe(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(privateDirectory(path)).toBe(path)
  })

  it('is no directory in which others may write, no link and no file: whoever writes there decides what runs', () => {
    const directory = aDirectory()
    const open = join(directory, 'open')
    mkdirSync(open)
    chmodSync(open, 0o770)
    const link = join(directory, 'link')
    symlinkSync(mkdtempSync(join(directory, 'elsewhere-')), link)
    const file = join(directory, 'file')
    writeFileSync(file, '')
    for (const path of [open, link, file, join(file, 'below')]) expect(privateDirectory(path)).toBeUndefined()
  })
})

describe('a warm start', { timeout: 30_000 }, () => {
  it('keeps what it compiled below the data directory', () => {
    const directory = aDirectory()
    const program = `await import('zod'); const { getCompileCacheDir } = await import('node:module'); console.log(getCompileCacheDir())`
    const { status, stdout } = start(directory, program)
    expect(status).toBe(0)
    const cache = join(directory, 'compile-cache')
    expect(stdout.startsWith(`${cache}/`)).toBe(true)
    expect(readdirSync(stdout.trim()).length).toBeGreaterThan(0)
  })

  it('starts all the same when nothing can be kept', () => {
    const file = join(aDirectory(), 'file')
    writeFileSync(file, '')
    expect(start(file, `console.log('started')`)).toMatchObject({ status: 0, stdout: 'started\n' })
  })

  it('lets what fails in the service fail the process', () => {
    expect(start(aDirectory(), `throw new Error('no service')`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no service') as unknown,
    })
  })
})
