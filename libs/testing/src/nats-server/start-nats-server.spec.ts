import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findNatsServer } from '@cambio/local-stack'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { startNatsServer, type TestNatsServer } from './start-nats-server.js'

describe('a private nats-server', () => {
  let server: TestNatsServer | undefined
  const folders: string[] = []
  afterEach(async () => {
    vi.unstubAllEnvs()
    await server?.stop()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'nats-spec-'))
    folders.push(folder)
    return folder
  }

  it('takes connections with JetStream on when it has started, and is gone with its files when it is stopped', async () => {
    server = await startNatsServer()
    const { pid, port, storeDir } = server
    expect(server.url).toBe(`nats://127.0.0.1:${port}`)
    expect(await greeting(port)).toMatchObject({ port, jetstream: true, max_payload: 1_048_576 })
    await server.stop()
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(join(storeDir, '..'))).toBe(false)
  })

  it('keeps port and data over a restart and a kill, and loses the data when it is wiped', async () => {
    server = await startNatsServer()
    const { port, pid } = server
    const stored = async () => (await request(port, '$JS.API.STREAM.NAMES', '{}')).includes('"things"')
    await request(port, '$JS.API.STREAM.CREATE.things', JSON.stringify({ name: 'things', subjects: ['things.*'], storage: 'file' }))
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await stored()).toBe(true)
    await server.kill()
    await expect(greeting(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.restart()
    expect(await stored()).toBe(true)
    await server.wipe()
    expect(await stored()).toBe(false)
  })

  it('answers nothing while it is paused, and goes on afterwards', async () => {
    server = await startNatsServer()
    const { port } = server
    await server.pause()
    const asked = greeting(port)
    expect(await Promise.race([asked, sleep(300, 'silent')])).toBe('silent')
    server.resume()
    expect(await asked).toMatchObject({ jetstream: true })
    await server.pause()
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
  })

  it('ends when its test process is killed', async () => {
    const script = join(temporaryFolder(), 'parent.mjs')
    const module = JSON.stringify(join(import.meta.dirname, 'mortal-process.ts'))
    writeFileSync(
      script,
      `import { spawnMortal } from ${module}\nconst child = spawnMortal('sleep', ['600'])\nchild.once('spawn', () => process.stdout.write(String(child.pid)))\nsetInterval(() => child.pid, 1000)\n`,
    )
    const parent = spawn(process.execPath, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  })

  it('says what the server said when it cannot start, and leaves no files', async () => {
    server = await startNatsServer()
    const { port } = server
    const folder = temporaryFolder()
    vi.stubEnv('TMPDIR', folder)
    await expect(startNatsServer({ port })).rejects.toThrow(/ended before it was ready:[^]*address already in use/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('lets only its user in when it has one', async () => {
    server = await startNatsServer({ user: { name: 'cambio', password: 'pass word' } })
    expect(await greeting(server.port)).toMatchObject({ auth_required: true })
  })

  it('runs on the binary that it is given', async () => {
    const finding = await findNatsServer({ env: process.env, cacheDir: temporaryFolder(), log: () => undefined })
    if (!finding.ok) throw new Error(finding.problem)
    const folder = temporaryFolder()
    const binary = join(folder, 'chosen')
    writeFileSync(binary, `#!/bin/sh\ntouch ${join(folder, 'was-run')}\nexec ${finding.binary} "$@"\n`, { mode: 0o755 })
    server = await startNatsServer({ binary })
    expect(existsSync(join(folder, 'was-run'))).toBe(true)
  })
})

function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim()
  return state !== '' && !state.startsWith('Z') // a zombie has ended; in a container nobody may collect it
}

async function greeting(port: number): Promise<Record<string, unknown>> {
  const socket = connect(port, '127.0.0.1')
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return JSON.parse(
    data
      .toString()
      .replace(/^INFO /, '')
      .split('\r\n')[0]!,
  ) as Record<string, unknown>
}

/** One request in the text protocol of NATS; this library has no client of it. */
async function request(port: number, subject: string, body: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  socket.write(`CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${Buffer.byteLength(body)}\r\n${body}\r\n`)
  await expect.poll(() => /MSG answer 1 \d+\r\n.*\r\n/.test(said), { timeout: 5_000, interval: 10 }).toBe(true)
  socket.destroy()
  return said
}
