import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

import { StackFailure } from './stack-failure.js'

/** What the launcher generates when the operator gave none; the names are those of the environment. */
const GENERATED = ['CAMBIO_PEPPER', 'CAMBIO_KEY_ENCRYPTION_KEY', 'CAMBIO_SNAPSHOT_KEY', 'NATS_PASSWORD'] as const

export type StackSecrets = Readonly<Record<(typeof GENERATED)[number], string>>

/**
 * Reads the secrets of a data directory and generates those that are missing (256 bit, base64url), once. They stay the
 * same for the life of the directory: another pepper would refuse every client secret, another key encryption key would
 * lose the signing keys. A secret that is set in the environment wins and is not written.
 *
 * @param file mode 0600, replaced atomically
 */
export function stackSecrets(file: string, env: Readonly<Record<string, string | undefined>>): StackSecrets {
  const kept = readKept(file)
  const made: Record<string, string> = { ...kept }
  for (const name of GENERATED) {
    if (given(name, env) === undefined) made[name] ??= randomBytes(32).toString('base64url')
  }
  if (Object.keys(made).length > Object.keys(kept).length) writeAtomically(file, `${JSON.stringify(made, null, 2)}\n`)
  return Object.fromEntries(GENERATED.map((name) => [name, given(name, env) ?? made[name] ?? ''])) as StackSecrets
}

/** `X_FILE` names a file that holds the secret; the services read it the same way. */
function given(name: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = env[`${name}_FILE`]
  if (file === undefined || file === '') return env[name] === '' ? undefined : env[name]
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch {
    throw new StackFailure(`${name}_FILE must be the path of a file that this user can read.`)
  }
}

function readKept(file: string): Record<string, string> {
  if (!existsSync(file)) return {}
  try {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof kept === 'object' && kept !== null && Object.values(kept).every((value) => typeof value === 'string')) {
      return kept as Record<string, string>
    }
  } catch {
    // said below: the same sentence whether it is no JSON or the wrong JSON
  }
  throw new StackFailure(`${file} cannot be read as JSON: restore it from a backup, or move the whole data directory away to start anew.`)
}

function writeAtomically(file: string, text: string): void {
  const fresh = `${file}.new`
  const handle = openSync(fresh, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(fresh, file)
}
