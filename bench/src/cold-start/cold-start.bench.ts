import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type ChildCommand } from '@cambio/local-stack'

import { type LoadRequest } from '../load.js'

/** One start of a token service, from the making of its process on. */
export interface MeasuredStart {
  /** Until the first answer of any kind. */
  readonly firstAnswerMs: number
  /** Until the first exchange that was granted. */
  readonly grantedMs: number
  /** Processor time of the process until then; not a number where /proc does not tell. */
  readonly cpuMs: number
}

/** A start that takes longer has failed. */
const GIVE_UP_MS = 30_000

const POLL_MS = 5

/** Starts the service, asks for an exchange until it is granted, and ends the process by SIGKILL. */
export async function measureStart(command: ChildCommand, url: string, exchange: LoadRequest): Promise<MeasuredStart> {
  const began = performance.now()
  const child = spawn(command.command, [...command.arguments], { env: command.env, cwd: command.workingDirectory, stdio: 'ignore' })
  try {
    let firstAnswerMs: number | undefined
    for (;;) {
      const status = await ask(url, exchange)
      const afterMs = performance.now() - began
      if (status !== undefined) firstAnswerMs ??= afterMs
      if (status === 200) return { firstAnswerMs: firstAnswerMs ?? afterMs, grantedMs: afterMs, cpuMs: cpuMsOf(child) }
      if (child.exitCode !== null) throw new Error(`the token service ended with status ${child.exitCode}`)
      if (afterMs > GIVE_UP_MS)
        throw new Error(`the token service grants nothing after ${GIVE_UP_MS / 1_000} s; it answers ${String(status)}`)
      await delay(POLL_MS)
    }
  } finally {
    const ended = once(child, 'exit')
    if (child.kill('SIGKILL')) await ended
  }
}

/** The status of the answer; `undefined` while nobody listens. */
async function ask(url: string, { path, headers, body }: LoadRequest): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(url + path, { method: 'POST', headers: { ...headers }, agent: false }, (response) => {
      response.resume()
      response.on('end', () => {
        resolve(response.statusCode)
      })
    })
    asked.on('error', () => {
      resolve(undefined)
    })
    asked.end(body)
  })
}

/** Linux counts in hundredths of a second. */
function cpuMsOf({ pid }: ChildProcess): number {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}
