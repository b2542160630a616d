import { describe, expect, it } from 'vitest'

import { ClaimedIndex } from './claimed-index.js'

type Change = readonly [ownerId: string, keys: readonly string[]]

function indexAfter(changes: readonly Change[]): ClaimedIndex<string> {
  const index = new ClaimedIndex<string>()
  for (const [ownerId, keys] of changes) {
    index.replace(
      ownerId,
      keys.map((key) => [key, `${key} of ${ownerId}`] as const),
    )
  }
  return index
}

/** Every order of the changes in which those of one owner keep theirs, as the feed promises. */
function interleavings(changes: readonly Change[]): Change[][] {
  if (changes.length < 2) return [[...changes]]
  return changes.flatMap((first, at) => {
    if (changes.slice(0, at).some(([ownerId]) => ownerId === first[0])) return []
    return interleavings(changes.toSpliced(at, 1)).map((rest) => [first, ...rest])
  })
}

describe('an index of keys that one aggregate at a time may hold', () => {
  it('finds what was claimed, and nothing that was not', () => {
    const index = indexAfter([['a', ['x', 'y']]])
    expect([index.get('x'), index.get('y'), index.get('z')]).toEqual(['x of a', 'y of a', undefined])
  })

  it('forgets what an owner does not claim any more', () => {
    const index = indexAfter([
      ['a', ['x', 'y']],
      ['a', ['y', 'z']],
    ])
    expect([index.get('x'), index.get('y'), index.get('z')]).toEqual([undefined, 'y of a', 'z of a'])
  })

  it('forgets everything of an owner that is gone, and no key of another', () => {
    const index = indexAfter([
      ['a', ['x']],
      ['b', ['y']],
      ['a', []],
    ])
    expect([index.get('x'), index.get('y')]).toEqual([undefined, 'y of b'])
  })

  it('gives a key to the aggregate that was made last while two claim it, whichever message came first', () => {
    const old = ['a', ['x']] as const
    const made = ['b', ['x']] as const
    expect(indexAfter([old, made]).get('x')).toBe('x of b')
    expect(indexAfter([made, old]).get('x')).toBe('x of b')
  })

  it('keeps the new owner in every order in which a deletion and a new registration can arrive', () => {
    const orders = interleavings([
      ['a', ['x']],
      ['a', []],
      ['b', ['x']],
    ])
    expect(orders).toHaveLength(3)
    for (const order of orders) expect(indexAfter(order).get('x')).toBe('x of b')
  })

  it('gives a key back to whoever still claims it', () => {
    const orders = interleavings([
      ['a', ['x']],
      ['b', ['x']],
      ['b', []],
      ['c', ['x']],
      ['c', []],
    ])
    expect(orders).toHaveLength(30)
    for (const order of orders) expect(indexAfter(order).get('x')).toBe('x of a')
  })
})
