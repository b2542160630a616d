import { ok, type Result } from '@cambio/store'

import { type Refusal, refuseField } from '../refusals/refusal.js'
import { type AnswerPage } from './resource-answer.js'

/** Which part of a short list is asked for. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * A page of a short list that is in memory. Ids sort by the time of their making, so a cursor is simply the last id of the
 * page before it: one that is removed meanwhile does no harm.
 */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  { limit, cursor }: PageRequest,
): Result<AnswerPage<T>, Refusal> {
  if (cursor !== undefined && !/^[a-z]{3}_[0-9a-f]{32}$/.test(cursor)) {
    return refuseField('#/query/cursor', 'must be the nextCursor of such a list')
  }
  const rest = items.filter(({ id }) => cursor === undefined || id > cursor).sort((one, other) => (one.id < other.id ? -1 : 1))
  const page = rest.slice(0, limit)
  return ok({ items: page, nextCursor: rest.length > limit ? (page.at(-1)?.id ?? null) : null })
}
