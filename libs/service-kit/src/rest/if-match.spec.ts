import { describe, expect, it } from 'vitest'

import { entityTag, matchesRevision, parseIfMatch } from './if-match.js'

describe('If-Match (RFC 9110 §13.1.1)', () => {
  it('is any revision when it is absent or *', () => {
    expect(parseIfMatch(undefined)).toBe('any')
    expect(parseIfMatch('*')).toBe('any')
    expect(matchesRevision('any', 7)).toBe(true)
  })

  it('lists revisions', () => {
    const parsed = parseIfMatch('"3", "14"')
    expect(parsed).toEqual({ revisions: [3, 14] })
    expect(matchesRevision({ revisions: [3, 14] }, 14)).toBe(true)
    expect(matchesRevision({ revisions: [3, 14] }, 4)).toBe(false)
    expect(parseIfMatch(entityTag(3))).toEqual({ revisions: [3] })
  })

  it.each(['W/"3"', '"abc"', '"03"', '"0"', '""', '"99999999999999999999"'])('matches nothing for %s', (header) => {
    expect(parseIfMatch(header)).toEqual({ revisions: [] })
  })

  it.each(['3', '"3', '"3" "4"', '', ',', '*, "3"', `"${'1'.repeat(2000)}"`])('is malformed as %j', (header) => {
    expect(parseIfMatch(header)).toBeUndefined()
  })
})
