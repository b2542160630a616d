import { randomUUID } from 'node:crypto'
import { constants, type FileHandle, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { z } from 'zod'

/** What `admin.json` holds: the first platform administrator's credential, in clear, for its owner alone to read. */
const adminCredentialSchema = z.strictObject({ clientId: z.string().min(1), clientSecret: z.string().min(32).max(256) })

export type AdminCredential = z.output<typeof adminCredentialSchema>

/** `<data directory>/admin.json`, mode 0600. A write is whole or not at all, also when the machine loses power. */
export class AdminFile {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  get path(): string {
    return join(this.#directory, 'admin.json')
  }

  /** @returns undefined if there is none. @throws Error if it cannot be read or is not such a file; never quotes it */
  async read(): Promise<AdminCredential | undefined> {
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    const parsed = adminCredentialSchema.safeParse(jsonOf(text))
    if (!parsed.success) throw new Error(`${this.path} is not a file that Cambio wrote; move it away`)
    return parsed.data
  }

  /** Makes the file if there is none. @returns what it holds now: of several that make it at once one wins */
  async create(credential: AdminCredential): Promise<AdminCredential> {
    const draft = await this.#draft(credential)
    try {
      await link(draft, this.path)
      await this.#syncDirectory()
      return credential
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const present = await this.read()
      if (present === undefined) throw new Error(`${this.path} comes and goes`, { cause: error })
      return present
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Puts the credential in the place of whatever is there. */
  async replace(credential: AdminCredential): Promise<void> {
    const draft = await this.#draft(credential)
    try {
      await rename(draft, this.path)
      await this.#syncDirectory()
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Removes a file whose credential nobody takes. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true })
  }

  async #draft(credential: AdminCredential): Promise<string> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const draft = join(this.#directory, `.admin.json.${randomUUID()}`)
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    await writeDurably(file, `${JSON.stringify(credential, null, 2)}\n`)
    return draft
  }

  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, constants.O_RDONLY)
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }
}

async function writeDurably(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text, 'utf8')
    await file.sync()
  } finally {
    await file.close()
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
