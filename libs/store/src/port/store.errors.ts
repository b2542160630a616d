import { type DocumentIdentity } from './document.js'

/**
 * The engine failed or is closed. For a write the outcome is not known: read to find out. Never carries an engine's
 * error object, a value of a document, or a credential.
 */
export class StoreUnavailable extends Error {
  readonly code = 'store_unavailable'
  /** What was asked for: `insert`, `claim`, … */
  readonly operation: string
  /** The engine's own words for its state, which name no data: `database or disk is full`. */
  readonly reason: string

  constructor(operation: string, reason: string) {
    super(`the store cannot ${operation}: ${reason}`)
    this.name = 'StoreUnavailable'
    this.operation = operation
    this.reason = reason
  }
}

/** A store's or replica's file cannot be used. The message is one sentence that says what to do; it ends a process at start. */
export class StoreOpenError extends Error {
  readonly code = 'store_open'
  /** The file, or the variable that names a server; never an address with credentials. */
  readonly place: string
  /** Whether it may pass without another configuration, such as a full disk or a lock: then a start need not end of it. */
  readonly mayPass: boolean

  constructor(place: string, message: string, { mayPass = false } = {}) {
    super(message)
    this.name = 'StoreOpenError'
    this.place = place
    this.mayPass = mayPass
  }
}

/** A document that was written by a newer version of Cambio. It is refused, not misread. */
export class SchemaTooNew extends Error {
  readonly code = 'schema_too_new'
  readonly collection: string
  readonly org: string
  readonly id: string
  readonly writtenVersion: number

  constructor(collection: string, { org, id }: DocumentIdentity, writtenVersion: number, knownVersion: number) {
    super(
      `${collection} ${org}/${id} was written with schema version ${writtenVersion}, and this version of Cambio reads up to ${knownVersion}`,
    )
    this.name = 'SchemaTooNew'
    this.collection = collection
    this.org = org
    this.id = id
    this.writtenVersion = writtenVersion
  }
}

/** A document whose value does not have the shape that its definition reads. Names the places, never the values. */
export class UnreadableDocument extends Error {
  readonly code = 'unreadable_document'
  readonly collection: string
  readonly org: string
  readonly id: string
  /** Dotted paths within the value that are not as they should be; empty when the definition named none. */
  readonly paths: readonly string[]

  constructor(collection: string, { org, id }: DocumentIdentity, paths: readonly string[]) {
    super(`${collection} ${org}/${id} cannot be read${paths.length === 0 ? '' : `, see ${paths.join(', ')}`}`)
    this.name = 'UnreadableDocument'
    this.collection = collection
    this.org = org
    this.id = id
    this.paths = paths
  }
}

export type Unreadable = SchemaTooNew | UnreadableDocument
