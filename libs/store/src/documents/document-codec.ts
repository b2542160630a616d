import { z } from 'zod'

import { type DocumentDefinition, type DocumentIdentity } from '../port/document.js'
import { SchemaTooNew, UnreadableDocument } from '../port/store.errors.js'

/** A document's value in the form that engines keep. */
export interface EncodedValue {
  readonly json: string
  readonly schemaVersion: number
}

/** A value made ready for one write, the same for every adapter. */
export interface PreparedDocument<T> extends EncodedValue {
  /** The value as a later read gives it: an isolated copy. */
  readonly value: T
  readonly uniqueKeys: readonly string[]
  readonly lookups: readonly string[]
  /** A unique key that the document declares twice: it clashes with itself. An engine's index may not see that. */
  readonly repeatedKey?: string
}

const collectionName = /^[a-z][a-z0-9-]{0,63}$/

/** Turns values of one definition into what is stored, and back; every adapter reads and refuses by it. */
export class DocumentCodec<T> {
  readonly #definition: DocumentDefinition<T>

  constructor(definition: DocumentDefinition<T>) {
    if (!collectionName.test(definition.name)) throw new TypeError(`"${definition.name}" is not a collection's name in kebab case`)
    if (!Number.isSafeInteger(definition.schemaVersion) || definition.schemaVersion < 1) {
      throw new TypeError(`${definition.name}: schemaVersion counts from 1`)
    }
    this.#definition = definition
  }

  get collection(): string {
    return this.#definition.name
  }

  /** @throws TypeError if the value would not be readable again: what cannot be read is never written */
  prepare(identity: DocumentIdentity, value: T): PreparedDocument<T> {
    if (identity.org === '' || identity.id === '') throw new TypeError(`${this.collection}: org and id are not empty`)
    const json = JSON.stringify(value) as string | undefined
    if (json === undefined) throw new TypeError(`${this.collection}: a value is JSON`)
    const { schemaVersion } = this.#definition
    const copy = this.#reread(identity, { json, schemaVersion })
    const toIndex = { ...identity, value: copy }
    const declared = this.#definition.uniqueKeys(toIndex).map((key) => key.toWellFormed())
    const uniqueKeys = [...new Set(declared)]
    const repeatedKey = uniqueKeys.length === declared.length ? undefined : declared.find((key, at) => declared.indexOf(key) !== at)
    const lookups = [...new Set(this.#definition.lookups(toIndex).map((lookup) => lookup.toWellFormed()))]
    return { json, schemaVersion, value: copy, uniqueKeys, lookups, ...(repeatedKey === undefined ? {} : { repeatedKey }) }
  }

  /** @throws SchemaTooNew, UnreadableDocument */
  read(identity: DocumentIdentity, { json, schemaVersion }: EncodedValue): T {
    this.assertKnown(identity, schemaVersion)
    try {
      const stored: unknown = JSON.parse(json)
      return this.#definition.parse(this.#upgrade(stored, schemaVersion))
    } catch (error) {
      throw new UnreadableDocument(this.collection, identity, pathsOf(error))
    }
  }

  /** A document of a newer version is neither read nor overwritten. @throws SchemaTooNew */
  assertKnown(identity: DocumentIdentity, schemaVersion: number): void {
    const { name, schemaVersion: known } = this.#definition
    if (schemaVersion > known) throw new SchemaTooNew(name, identity, schemaVersion, known)
  }

  #upgrade(stored: unknown, writtenVersion: number): unknown {
    const definition = this.#definition
    if (writtenVersion === definition.schemaVersion || definition.upgrade === undefined) return stored
    return definition.upgrade(stored, writtenVersion)
  }

  #reread(identity: DocumentIdentity, encoded: EncodedValue): T {
    try {
      return this.read(identity, encoded)
    } catch (error) {
      if (error instanceof UnreadableDocument) {
        throw new TypeError(`${error.message}: such a value is not written`, { cause: error })
      }
      throw error
    }
  }
}

/** Where zod found fault. Other errors are not quoted: they could hold the value. */
function pathsOf(error: unknown): readonly string[] {
  return error instanceof z.core.$ZodError ? error.issues.map((issue) => issue.path.join('.') || '(root)') : []
}
