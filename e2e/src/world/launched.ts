import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@cambio/local-stack'
import { eventually } from '@cambio/testing'
import { onTestFinished } from 'vitest'

/** How a program ended and what it said. */
export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program of the workspace as an operator starts it. */
export interface Launched {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  stdout(): string
  /** Waits for a line of its own. @throws Error with everything it said when it ends before, or after a minute */
  says(line: string): Promise<void>
}

const SAYS_WITHIN_MS = 60_000

/** Starts a built program with exactly this environment. It does not outlive the test that starts it. */
export function launch(
  program: 'tools/launcher/dist/start.js' | 'tools/demo/dist/main.js',
  env: Readonly<Record<string, string>>,
): Launched {
  const child = spawn(process.execPath, [join(workspaceRoot(), program)], { env, cwd: workspaceRoot(), stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  const ended = once(child, 'close').then(() => ({ status: child.exitCode, signal: child.signalCode, stdout, stderr }))
  return {
    process: child,
    ended,
    stdout: () => stdout,
    says: async (line) => {
      const heard = eventually(
        () => {
          if (!stdout.split('\n').slice(0, -1).includes(line)) throw new Error(`it did not say ${line}, but: ${stdout}${stderr}`)
        },
        { withinMs: SAYS_WITHIN_MS, everyMs: 50 },
      )
      const over = ended.then((end) => {
        if (!end.stdout.split('\n').includes(line)) throw new Error(`it ended: ${JSON.stringify(end)}`)
      })
      await Promise.race([heard, over])
    },
  }
}

/** A process that works in a directory: its command line or its environment names it. */
export interface FoundProcess {
  readonly pid: number
  readonly command: string
}

/** Every living process of a stack, the reaper included, as the system lists them. */
export function processesOf(directory: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const read = (file: string): string => {
        try {
          return readFileSync(join('/proc', name, file), 'utf8').replaceAll('\0', ' ')
        } catch {
          return '' // it has ended meanwhile
        }
      }
      const command = read('cmdline')
      return command !== '' && `${command} ${read('environ')}`.includes(directory) ? [{ pid: Number(name), command }] : []
    })
}

/** Waits until no process works in a directory any more. @throws Error naming those that are left */
export async function nothingRuns(directory: string, withinMs = 10_000): Promise<void> {
  await eventually(
    () => {
      const left = processesOf(directory)
      if (left.length > 0) throw new Error(`still running: ${left.map(({ command }) => command).join('; ')}`)
    },
    { withinMs, everyMs: 50 },
  )
}
