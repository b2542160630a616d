import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache, setSourceMapsSupport } from 'node:module'
import { join } from 'node:path'

import { processEnvironment, unparsedDataDirectory } from '../configuration/process-environment.js'

/**
 * Prepares this process for loading a service quickly, and then loads it. What is compiled is kept for the next start
 * under `<data directory>/compile-cache`, and errors name the lines of our own sources (not of packages, whose source maps
 * take time to read). It imports nothing of ours that takes time, since a module's imports are loaded before it runs.
 *
 * @param load imports the module that runs the service
 */
export async function startWarm(load: () => Promise<unknown>): Promise<void> {
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
  const directory = privateDirectory(join(unparsedDataDirectory(processEnvironment()), 'compile-cache'))
  // A cache that cannot be used costs time and nothing else.
  if (directory !== undefined) enableCompileCache(directory)
  await load()
}

/**
 * The directory, if it is this user's alone: whoever can write there decides what the process runs.
 *
 * @returns undefined when it cannot be made, is a link, or others may write in it
 */
export function privateDirectory(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const found = lstatSync(path)
    const isOurs = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0)
    return found.isDirectory() && isOurs ? path : undefined
  } catch {
    return undefined
  }
}
