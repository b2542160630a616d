import { describe, expect, it } from 'vitest'

import { bucketSuspicion } from './bucket-suspicion.js'

describe('the owner suspects its bucket', () => {
  const known = { created: 'monday', lastSeq: 10, messages: 5 }

  it.each([
    ['of having been made anew, even with more in it', { created: 'tuesday', lastSeq: 20, messages: 9 }, 'the bucket was made anew'],
    ['of having been put back', { created: 'monday', lastSeq: 9, messages: 5 }, 'the bucket was put back to an older state'],
    ['of having lost entries', { created: 'monday', lastSeq: 11, messages: 4 }, 'entries have vanished from the bucket'],
    ['of nothing after its own publishing', { created: 'monday', lastSeq: 12, messages: 6 }, undefined],
    ['of nothing when nothing happened', known, undefined],
  ])('%s', (_what, now, expected) => {
    expect(bucketSuspicion(known, now)).toBe(expected)
  })
})
