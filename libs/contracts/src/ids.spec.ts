import { describe, expect, it } from 'vitest'

import { feedKey } from './feed/envelope.js'
import { idSchema, isId, newId } from './ids.js'

describe('ids', () => {
  it('are distinct, sort by time and fit into a KV key', () => {
    const ids = Array.from({ length: 1000 }, () => newId('application'))
    expect(new Set(ids).size).toBe(1000)
    expect([...ids].sort()).toEqual(ids)
    expect(feedKey(newId('organization'), ids[0]!)).toMatch(/^org_[0-9a-f]{32}\.app_[0-9a-f]{32}$/)
  })

  it('are told apart by what they name', () => {
    expect(isId('application', newId('application'))).toBe(true)
    expect(isId('application', newId('api'))).toBe(false)
    expect(idSchema('api').safeParse('api_1').success).toBe(false)
  })

  it('a key part with a dot, a wildcard or nothing in it is a programmer’s error', () => {
    for (const part of ['a.b', '*', '>', '', 'a b']) expect(() => feedKey('platform', part)).toThrow(TypeError)
  })
})
