import { z } from 'zod'

/** Bounds of `limit`. */
export const MAX_PAGE_SIZE = 100
export const DEFAULT_PAGE_SIZE = 20

const members = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE).describe('At most this many items.'),
  cursor: z.string().min(1).max(1024).optional().describe('The `nextCursor` of the page before.'),
}

/** The query of a list without a search: `limit` and `cursor`. */
export const pageQuerySchema = z.strictObject(members)

/** The query of a list: `limit`, `cursor` and `q`, the beginning of a name. */
export const searchQuerySchema = z.strictObject({
  ...members,
  q: z.string().max(128).optional().describe('Only items whose name begins with this.'),
})

export type PageQuery = z.output<typeof pageQuerySchema>
export type SearchQuery = z.output<typeof searchQuerySchema>

/** The answer of a list; `nextCursor` is null on the last page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** The schema of a list's answer. */
export const pageSchema = <S extends z.ZodType>(item: S) => z.object({ items: z.array(item), nextCursor: z.string().nullable() })

/** The members that every resource's answer has (docs/architecture.md). */
export const resourceMembers = {
  id: z.string(),
  rev: z.int().min(1),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}
