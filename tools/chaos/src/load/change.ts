import { type StackService } from '@cambio/local-stack'

import { type JournaledAggregate, type Touch } from './journal.js'

/** The members of an answer. */
export type Body = Readonly<Record<string, unknown>>

/** One change that an administrator asks for. */
export interface Change {
  readonly aggregate: JournaledAggregate
  /** `create`, `delete` (of the whole aggregate), or what is done to it. */
  readonly operation: string
  readonly service: StackService
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly json?: object
  /** Whether a repetition with the same key gives the same answer (docs/api.md); only such a request is sent again. */
  readonly idempotent: boolean
  /** What may have happened when no answer came. */
  readonly touches: readonly Touch[]
  /** What happened, as the answer tells. Default: `touches`. */
  readonly answered?: (body: Body) => readonly Touch[]
  /** Told when it was acknowledged. */
  readonly done?: (body: Body) => void
}
