import { type FieldProblem, type Problem } from '@cambio/service-kit'
import { refused } from '@cambio/store'

/** What a use case returns in place of a result when it refuses: everything in it may be shown to whoever asked. */
export type Refusal = Problem

export type Refused = { readonly ok: false; readonly error: Refusal }

/** A refusal as the result of a use case. `detail` is one sentence that says what is wrong and, where it helps, what to do. */
export function refuse(code: Refusal['code'], detail: string, more: Pick<Refusal, 'members' | 'retryAfterSeconds'> = {}): Refused {
  return refused({ code, detail, ...more })
}

/** An id that does not exist, was removed, or belongs to another organization: all look the same. */
export const notFound = (noun: string): Refused => refuse('not_found', `There is no such ${noun}.`)

/** Members of the body that break rules which a schema alone cannot know. */
export const refuseFields = (errors: readonly FieldProblem[]): Refused => refused({ code: 'invalid_content', errors })

/** One member of the body; `code` when the rule has one of its own. */
export const refuseField = (pointer: string, detail: string, code: Refusal['code'] = 'invalid_content'): Refused =>
  refused({ code, errors: [{ pointer, detail }] })
