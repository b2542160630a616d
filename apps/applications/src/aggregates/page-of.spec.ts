import { newId } from '@cambio/contracts'
import { describe, expect, it } from 'vitest'

import { pageOf } from './page-of.js'

const items = Array.from({ length: 5 }, (_, index) => ({ id: newId('binding'), index }))

const walk = (limit: number, list = items): number[] => {
  const seen: number[] = []
  let cursor: string | undefined
  do {
    const page = pageOf(list, { limit, cursor })
    if (!page.ok) throw new TypeError('refused')
    seen.push(...page.value.items.map(({ index }) => index))
    cursor = page.value.nextCursor ?? undefined
  } while (cursor !== undefined)
  return seen
}

describe('a page of a short list', () => {
  it.each([1, 2, 5, 100])('walks through all of it in the order of creation, %i at a time', (limit) => {
    expect(walk(limit, [...items].reverse())).toEqual([0, 1, 2, 3, 4])
  })

  it('goes on behind an item that was removed', () => {
    const first = pageOf(items, { limit: 2 })
    const cursor = first.ok ? first.value.nextCursor : null
    const left = items.filter(({ id }) => id !== cursor)
    expect(pageOf(left, { limit: 10, cursor: cursor ?? undefined })).toMatchObject({
      ok: true,
      value: { items: [{ index: 2 }, { index: 3 }, { index: 4 }] },
    })
  })

  it('refuses a cursor that it did not give', () => {
    expect(pageOf(items, { limit: 1, cursor: 'x' })).toEqual({
      ok: false,
      error: { code: 'invalid_content', errors: [{ pointer: '#/query/cursor', detail: 'must be the nextCursor of such a list' }] },
    })
  })
})
