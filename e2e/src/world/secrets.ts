import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { secretScan } from '@cambio/testing'

/** Every secret and token that a test file had to do with; each file runs in a module world of its own. */
const seen = new Set<string>()

const secretMembers = ['clientSecret', 'client_secret', 'access_token', 'id_token'] as const

/** Notes secrets to search for later. */
export function remember(...secrets: readonly string[]): void {
  for (const secret of secrets) seen.add(secret)
}

/** Notes what an answer holds of secrets, on its outermost level. */
export function rememberAnswer(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  for (const name of secretMembers) {
    const value: unknown = Reflect.get(body, name)
    if (typeof value === 'string') seen.add(value)
  }
}

/** The files that exist to keep secrets, mode 0600 each. */
const keepers = new Set(['admin.json', 'secrets.json', 'nats-server.conf'])

/**
 * Searches everything that a stack wrote (logs, databases, NATS store, replica files) for what was remembered.
 *
 * @returns how many secrets were searched for in how many files, and the finds without the secrets themselves
 */
export function secretsOnDisk(dataDirectory: string): { secrets: number; files: number; found: string[] } {
  const files = readdirSync(dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !keepers.has(basename(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
  const secrets = [...seen]
  const found = files.flatMap((file) =>
    secretScan(readFileSync(file, 'latin1'), secrets).map(({ index, form }) => `secret ${index} (${form}) in ${file}`),
  )
  return { secrets: secrets.length, files: files.length, found }
}
