import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the checkout, found from where this code lies, so that the working directory does not matter. */
export function workspaceRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('no folder above this file holds nx.json')
    folder = parent
  }
  return folder
}
