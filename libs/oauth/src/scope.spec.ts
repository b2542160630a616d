import { describe, expect, it } from 'vitest'

import { isScopeName, maxScopeCount, maxScopeLength, parseScope } from './scope.js'

const malformed = { ok: false, failure: { error: 'invalid_scope', reason: 'scope.malformed' } }
const tooLong = { ok: false, failure: { error: 'invalid_scope', reason: 'scope.too_long' } }

describe('parseScope (RFC 6749 §3.3)', () => {
  it('splits at spaces, keeps the order and drops repetitions', () => {
    expect(parseScope('write read write urn:t1:orders:read')).toEqual({ ok: true, value: ['write', 'read', 'urn:t1:orders:read'] })
  })

  it('forgives spaces around and between names', () => {
    expect(parseScope('  read   write ')).toEqual({ ok: true, value: ['read', 'write'] })
  })

  it('takes spaces alone for an omitted scope (TE-20)', () => {
    expect(parseScope('')).toEqual({ ok: true, value: [] })
    expect(parseScope('   ')).toEqual({ ok: true, value: [] })
  })

  it.each(['a"b', 'a\\b', 'a\tb', 'a\nb', 'read\r', '\u00a0read', 'a\x7fb', 'a\u0000', 'réad', '\ud83d\ude00'])(
    'refuses %j (TE-22)',
    (raw) => {
      expect(parseScope(raw)).toEqual(malformed)
    },
  )

  it('refuses 5 kB of scope (TE-22)', () => {
    expect(parseScope('a'.repeat(maxScopeLength)).ok).toBe(true)
    expect(parseScope('a'.repeat(maxScopeLength + 1))).toEqual(tooLong)
    expect(parseScope('x '.repeat(2500))).toEqual(tooLong)
  })

  it('bounds the number of different names', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ')
    expect(parseScope(names(maxScopeCount)).ok).toBe(true)
    expect(parseScope(names(maxScopeCount + 1))).toEqual(tooLong)
  })

  it('takes the whole character set of the RFC', () => {
    const all = Array.from({ length: 0x7f - 0x21 }, (_, index) => String.fromCharCode(0x21 + index)).filter((c) => c !== '"' && c !== '\\')
    expect(parseScope(all.join(''))).toEqual({ ok: true, value: [all.join('')] })
  })
})

describe('isScopeName', () => {
  it.each(['read', 'orders:read', '.default', '_x', '-x', '9', 'a'.repeat(64), 'urns:x', 'urn'])('accepts %s', (name) => {
    expect(isScopeName(name)).toBe(true)
  })

  it.each(['', ':read', 'urn:x', 'URN:x', 'Urn:', 'a'.repeat(65), 'a b', 'a/b', 'ré', 'read\n', '*'])('refuses %j', (name) => {
    expect(isScopeName(name)).toBe(false)
  })
})
