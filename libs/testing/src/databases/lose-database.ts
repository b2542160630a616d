import { mkdirSync, renameSync, rmdirSync } from 'node:fs'

const suffixes = ['', '-wal', '-shm']

/**
 * Takes an embedded database away from the services that use it: its files are put aside, and nothing can be made in its
 * place, as when a disk is gone.
 *
 * @param file path of the database
 * @returns puts everything back as it was
 */
export function loseDatabase(file: string): () => void {
  const moved = suffixes.filter((suffix) => moves(file + suffix, `${file}.lost${suffix}`))
  mkdirSync(file)
  return () => {
    rmdirSync(file)
    for (const suffix of moved) renameSync(`${file}.lost${suffix}`, file + suffix)
  }
}

function moves(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch {
    return false // the journals are there while somebody has the database open
  }
}
