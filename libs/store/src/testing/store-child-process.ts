import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Readable, type Writable } from 'node:stream'
import { onTestFinished } from 'vitest'

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it reported, one JSON value a line. */
  readonly reports: readonly unknown[]
}

export interface StoreChild {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  /** Resolves at the next line that the child reports. */
  nextReport(): Promise<unknown>
  readonly ended: Promise<ChildEnd>
}

/** Starts one command of `store-child.mjs` in a process of its own; it ends with the test at the latest. */
export function startChild(command: string, options: Readonly<Record<string, unknown>>): StoreChild {
  const hooks = join(import.meta.dirname, 'source-hooks.mjs')
  const script = join(import.meta.dirname, 'store-child.mjs')
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', hooks, script, command, JSON.stringify(options)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  // A child that died before it read what it was told is what some tests want.
  child.stdin.on('error', () => undefined)
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const reports: unknown[] = []
  const lines: Interface = createInterface({ input: child.stdout })
  lines.on('line', (line) => reports.push(JSON.parse(line)))
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code, signal, reports })
    })
  })
  const nextReport = async (): Promise<unknown> =>
    new Promise((resolve) =>
      lines.once('line', (line) => {
        resolve(JSON.parse(line))
      }),
    )
  return { process: child, nextReport, ended }
}

/** A directory for one test, deleted after it. */
export function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cambio-store-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}
