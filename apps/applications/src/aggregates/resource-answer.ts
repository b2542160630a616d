import { type StoredDocument } from '@cambio/store'

/** The members that every answered resource has. */
export interface ResourceMembers {
  readonly id: string
  readonly rev: number
  readonly createdAt: string
  readonly updatedAt: string
}

export function resourceMembersOf({ id, rev, createdAt, updatedAt }: StoredDocument<unknown>): ResourceMembers {
  return { id, rev, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

/** A page of a list as it is answered. */
export interface AnswerPage<A> {
  readonly items: A[]
  readonly nextCursor: string | null
}

/** A store's page as it is answered, each document as `answer` says. */
export function answerPage<T, A>(
  { items, nextCursor }: { readonly items: readonly StoredDocument<T>[]; readonly nextCursor?: string },
  answer: (document: StoredDocument<T>) => A,
): AnswerPage<A> {
  return { items: items.map(answer), nextCursor: nextCursor ?? null }
}

/** A list that has no more pages. */
export const wholeList = <A>(items: readonly A[]): AnswerPage<A> => ({ items: [...items], nextCursor: null })
