import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import { eventually } from '../observing/eventually.js'

const run = promisify(execFile)

/** Sends SIGSTOP and waits until every thread stands: the signal returns earlier, and a last answer may still slip out. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await eventually(async () => {
    const states = process.platform === 'linux' ? await threadStates(pid) : [await processState(pid)]
    if (!states.every((state) => state.startsWith('T'))) throw new Error(`process ${pid} goes on: ${states.join(' ')}`)
  })
}

async function threadStates(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`)
  return Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    }),
  )
}

async function processState(pid: number): Promise<string> {
  return (await run('ps', ['-o', 'stat=', '-p', String(pid)])).stdout.trim()
}
