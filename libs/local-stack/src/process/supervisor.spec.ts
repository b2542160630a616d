import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type ChildCommand, type ChildEnd, Supervisor } from './supervisor.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const script = (name: string, code: string): ChildCommand => ({
  name,
  command: process.execPath,
  arguments: ['-e', code],
  env: {},
  workingDirectory: folder,
})

const SLEEPS = 'setInterval(() => {}, 1000)'
const IGNORES_SIGTERM = `process.on('SIGTERM', () => {}); console.log('up'); ${SLEEPS}`

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie still has a pid until init collects it.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false
    await delay(20)
  }
  return true
}

describe('the supervisor', () => {
  it('stops a child by SIGTERM and does not call that unexpected', async () => {
    const ends: ChildEnd[] = []
    const supervisor = new Supervisor(folder, (end) => ends.push(end))
    const child = await supervisor.start(script('sleeper', SLEEPS))
    await supervisor.stop('sleeper')
    expect(await child.ended).toMatchObject({ name: 'sleeper', status: null, signal: 'SIGTERM' })
    await supervisor.stopAll()
    expect(ends).toEqual([])
  })

  it('kills a child that does not end in its grace', async () => {
    const supervisor = new Supervisor(folder, () => undefined)
    const child = await supervisor.start(script('deaf', IGNORES_SIGTERM))
    while (!readFileSync(supervisor.logFile('deaf'), 'utf8').includes('up')) await delay(20)
    await supervisor.stop('deaf', 100)
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
    await supervisor.stopAll()
  })

  it('tells of a child that ends by itself, with its status and its last words', async () => {
    const ended = Promise.withResolvers<ChildEnd>()
    const supervisor = new Supervisor(folder, ended.resolve)
    await supervisor.start(script('dies', "console.error('the port is taken'); process.exit(3)"))
    expect(await ended.promise).toEqual({
      name: 'dies',
      status: 3,
      signal: null,
      logFile: join(folder, 'dies.log'),
      lastLines: 'the port is taken',
    })
    await supervisor.stopAll()
  })

  it('says of an ended child only what this one wrote, not what stood in its log before', async () => {
    const ends: ChildEnd[] = []
    const supervisor = new Supervisor(folder, (end) => void ends.push(end))
    await (
      await supervisor.start(script('again', "console.error('the first time'); process.exit(1)"))
    ).ended
    await (
      await supervisor.start(script('again', "console.error('the second time'); process.exit(1)"))
    ).ended
    expect(ends.map(({ lastLines }) => lastLines)).toEqual(['the first time', 'the second time'])
    await supervisor.stopAll()
  })

  it('keeps logs from other users', async () => {
    const supervisor = new Supervisor(folder, () => undefined)
    await supervisor.start(script('sleeper', SLEEPS))
    expect(statSync(supervisor.logFile('sleeper')).mode & 0o777).toBe(0o600)
    await supervisor.stopAll()
  })

  it('says so when a command cannot be run', async () => {
    const supervisor = new Supervisor(folder, () => undefined)
    await expect(supervisor.start({ ...script('none', ''), command: join(folder, 'no-such-binary') })).rejects.toThrow('ENOENT')
    await supervisor.stopAll()
  })

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves nothing running when its own process dies by %s', async (signal) => {
    const launcher = spawn(
      process.execPath,
      [
        '--input-type=module-typescript',
        '-e',
        `import { Supervisor } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))}
         const supervisor = new Supervisor(${JSON.stringify(folder)}, () => undefined)
         const command = (name, code) => ({ name, command: process.execPath, arguments: ['-e', code], env: {}, workingDirectory: '/' })
         const children = [await supervisor.start(command('a', ${JSON.stringify(SLEEPS)})), await supervisor.start(command('b', ${JSON.stringify(SLEEPS)}))]
         console.log(JSON.stringify(children.map((child) => child.pid)))`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [line] = (await once(launcher.stdout, 'data')) as [Buffer]
    const pids = JSON.parse(line.toString()) as number[]
    expect(pids.map(isAlive)).toEqual([true, true])
    launcher.kill(signal)
    expect(await Promise.all(pids.map((pid) => gone(pid, 5_000)))).toEqual([true, true])
  })
})
