import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { StackFailure } from './stack-failure.js'

/** Where each part of a stack on embedded storage keeps what it writes. */
export interface DataDirectory {
  readonly path: string
  readonly logs: string
  readonly nats: string
  readonly secretsFile: string
  readonly adminFile: string
  /** Lets another stack use the directory. */
  release(): void
}

/**
 * Makes the data directory (mode 0700) and takes it for this process.
 *
 * @throws StackFailure when it cannot be written or another stack has it
 */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory)
  const logs = join(path, 'logs')
  const nats = join(path, 'nats')
  try {
    for (const folder of [path, logs, nats]) mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    throw new StackFailure(
      `The data directory ${path} cannot be written: give this user rights on it, or set CAMBIO_DATA_DIR to another one.`,
    )
  }
  const lock = join(path, 'stack.pid')
  takeLock(lock, path)
  return {
    path,
    logs,
    nats,
    secretsFile: join(path, 'secrets.json'),
    adminFile: join(path, 'admin.json'),
    release: () => {
      rmSync(lock, { force: true })
    },
  }
}

/** The file is made exclusively, so of two launchers one wins; one that was left behind by a crash is taken over. */
function takeLock(lock: string, path: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, `${identityOf(process.pid)}\n`, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if (!isAlreadyThere(error))
        throw new StackFailure(
          `The data directory ${path} cannot be written: give this user rights on it, or set CAMBIO_DATA_DIR to another one.`,
        )
    }
    const holder = existsSync(lock) ? readFileSync(lock, 'utf8').trim() : ''
    const pid = Number(holder.split(' ', 1)[0])
    if (isRunning(pid) && identityOf(pid) === holder) {
      throw new StackFailure(`Another stack (process ${pid}) uses ${path}: stop it, or set CAMBIO_DATA_DIR and other ports for this one.`)
    }
    rmSync(lock, { force: true })
  }
  throw new StackFailure(`Another stack has just taken ${path}: stop it, or set CAMBIO_DATA_DIR and other ports for this one.`)
}

/** A process id and, where the system tells it, when the process started: an id is used again after a crash. */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; the start time is the 20th member after it.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return String(pid) // no /proc here
  }
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
