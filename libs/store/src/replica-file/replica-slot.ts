import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { StoreOpenError } from '../port/store.errors.js'
import { isBusy, isCorrupt, sqliteFailure } from '../sqlite/sqlite-failure.js'
import { prepareFile } from '../sqlite/sqlite-file.js'

/** How many processes of one service may each keep a replica file in one directory. */
export const REPLICA_SLOTS = 16

/** One process's place for a replica file. Nobody else uses the file until it is released or this process is gone, however it went. */
export interface ReplicaSlot {
  /** 1 to 16. */
  readonly number: number
  /** `replica.db`, `replica-2.db`, … in the directory; it need not be there. */
  readonly file: string
  /** A second call does nothing. */
  release(): void
}

/** SQLite waits so long for a lock: two processes that try at once must not both give way. */
const lockWaitMs = 20

/**
 * Locks of this process. A file that is locked here must not be opened and closed by anything but SQLite: with that the
 * system would take the lock away.
 */
const heldHere = new Set<string>()

/**
 * Takes the first free place in a directory, which is made if absent; `undefined` when all are taken. The lock is a file
 * of its own, so that a replica file can be put away and made anew while it is held.
 *
 * @throws StoreOpenError one sentence when the directory cannot be used
 */
export function takeReplicaSlot(directory: string): ReplicaSlot | undefined {
  for (let number = 1; number <= REPLICA_SLOTS; number += 1) {
    const file = resolve(join(directory, number === 1 ? 'replica.db' : `replica-${number}.db`))
    const lockFile = `${file}-lock`
    if (heldHere.has(lockFile)) continue
    const lock = lockOf(prepareFile(lockFile))
    if (lock === undefined) continue
    heldHere.add(lockFile)
    const release = (): void => {
      if (!lock.isOpen) return
      lock.close()
      heldHere.delete(lockFile)
    }
    return { number, file, release }
  }
  return undefined
}

/** An open transaction that excludes everybody else; `undefined` while another process has one, or when the file is none for locks. */
function lockOf(lockFile: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(lockFile, { timeout: lockWaitMs })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (isBusy(error) || isCorrupt(error)) return undefined
    const failure = sqliteFailure(error)
    if (failure === undefined) throw error
    throw new StoreOpenError(lockFile, `Cannot lock ${lockFile} (${failure.reason}): choose a local directory with CAMBIO_DATA_DIR.`)
  }
}
