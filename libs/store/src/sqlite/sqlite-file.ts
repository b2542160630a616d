import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { StoreOpenError } from '../port/store.errors.js'

export const memoryFile = ':memory:'

/**
 * Makes sure that the file is there, belongs to this user alone (0600) and can be written; its folders are made with
 * 0700. SQLite gives the same mode to the journal files beside it.
 *
 * @throws StoreOpenError one sentence that says what to do
 */
export function prepareFile(path: string): string {
  if (path === memoryFile) return path
  const file = resolve(path)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const isNew = !existsSync(file)
    closeSync(openSync(file, 'a', 0o600))
    if (isNew) return file
  } catch (error) {
    throw new StoreOpenError(file, problemSentence(file, errorCode(error)), { mayPass: true })
  }
  tighten(file)
  return file
}

/** A file that another user owns keeps its mode: then that user answers for it. */
function tighten(file: string): void {
  try {
    chmodSync(file, 0o600)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw new StoreOpenError(file, problemSentence(file, errorCode(error)), { mayPass: true })
  }
}

/** What is wrong with the place of a file, and what to do about it. */
export function problemSentence(file: string, code: string): string {
  const folder = dirname(file)
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `Cannot write ${file}: give the user of this process the right to write in ${folder}, or choose another directory with CAMBIO_DATA_DIR.`
    case 'EROFS':
      return `Cannot write ${file}: its file system is read-only; choose another directory with CAMBIO_DATA_DIR.`
    case 'ENOSPC':
    case 'EDQUOT':
      return `Cannot write ${file}: the disk is full; free some space, or choose another directory with CAMBIO_DATA_DIR.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `Cannot write ${file}: a part of its path is not a directory; choose another directory with CAMBIO_DATA_DIR.`
    case 'EISDIR':
      return `Cannot write ${file}: there is a directory of that name; remove it, or choose another directory with CAMBIO_DATA_DIR.`
    default:
      return `Cannot write ${file} (${code}): see to it that ${folder} can be written, or choose another directory with CAMBIO_DATA_DIR.`
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
