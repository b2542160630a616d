/** Where a document is: the organization that owns it and its id within the collection of that organization. */
export interface DocumentIdentity {
  readonly org: string
  readonly id: string
}

/** What a definition sees when it declares unique keys and lookups. */
export interface DocumentToIndex<T> extends DocumentIdentity {
  readonly value: T
}

/**
 * How one kind of document is kept. An aggregate is one document: whatever must change together is in one value.
 *
 * `T` is plain data that survives JSON (a `Date` inside it must be text that `parse` turns back).
 */
export interface DocumentDefinition<T> {
  /** The collection's name in kebab case, at most 64 characters: `identity-providers`. */
  readonly name: string
  /** Version of the value's shape, from 1. A document that was written with a higher one is refused by name (`SchemaTooNew`). */
  readonly schemaVersion: number
  /**
   * Reads a stored value (a zod schema's `parse`). Throws when it cannot read it; a document that cannot be read is
   * refused by name (`UnreadableDocument`), and a value that could not be read again is never written (`TypeError`).
   */
  parse(value: unknown): T
  /** Lifts a value of an older shape to the present one, before `parse`. Absent: `parse` reads all older shapes itself. */
  upgrade?(value: unknown, writtenVersion: number): unknown
  /**
   * Keys that only one live document of the collection may hold, over all organizations: a key that is unique within an
   * organization contains its id (`issuer:<org>:<issuer>`). They may come from elements of the value; two equal ones in
   * one document clash as if they were in two.
   */
  uniqueKeys(document: DocumentToIndex<T>): readonly string[]
  /** Keys that many documents may share (`idp:<id>`, `name:<name>`), found within one organization, whole or by prefix. */
  lookups(document: DocumentToIndex<T>): readonly string[]
}

interface Versioned extends DocumentIdentity {
  /**
   * 1 at the insertion and one more at each change, the removal included; `advance` may leave some out. Orders the states of one
   * document, nothing else does.
   */
  readonly rev: number
  /** The newest revision that is known to be published; 0 = none. Lower than `rev` = the document waits in the outbox. */
  readonly publishedRev: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A live document: an isolated copy, the store never sees changes made to it. */
export interface StoredDocument<T> extends Versioned {
  readonly deleted: false
  readonly value: T
}

/** What a removal leaves until it is collected, so that the deletion itself can be published. */
export interface Tombstone extends Versioned {
  readonly deleted: true
}

export type StoredEntry<T> = StoredDocument<T> | Tombstone
