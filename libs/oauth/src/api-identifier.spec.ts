import { describe, expect, it } from 'vitest'

import { apiIdentifier, isHandle, parseApiIdentifier, parseQualifiedScope, qualifiedScopeName } from './api-identifier.js'

describe('API identifiers', () => {
  it('are written and read as urn:<org>:<api>', () => {
    expect(apiIdentifier('t1', 'orders')).toBe('urn:t1:orders')
    expect(parseApiIdentifier('urn:t1:orders')).toEqual({ org: 't1', api: 'orders' })
  })

  it.each([
    'orders',
    'https://x/#f',
    'urn:t1',
    'urn:t1:',
    'urn::orders',
    'URN:t1:orders',
    'urn:T1:orders',
    'urn:t1:Orders',
    'urn:t1:orders/',
    'urn:t1:orders:read',
    'urn:t1:orders:',
    'urn:t1:orders#f',
    ' urn:t1:orders',
    'urn:t1:orders\n',
    '',
  ])('refuses %j (TE-23, PO-16)', (text) => {
    expect(parseApiIdentifier(text)).toBeUndefined()
  })
})

describe('qualified scope names', () => {
  it('are written and read as urn:<org>:<api>:<scope>', () => {
    expect(qualifiedScopeName('t1', 'orders', 'read')).toBe('urn:t1:orders:read')
    expect(parseQualifiedScope('urn:t1:orders:read')).toEqual({ org: 't1', api: 'orders', scope: 'read' })
  })

  it('keep the colons of the short name', () => {
    expect(parseQualifiedScope('urn:t1:orders:lines:read')).toEqual({ org: 't1', api: 'orders', scope: 'lines:read' })
  })

  it.each([
    'read',
    'urn:',
    'urn:t1',
    'urn:t1:orders',
    'urn:t1:orders:',
    'urn:t1::read',
    'urn::orders:read',
    'urn:t1:orders:urn:x',
    'Urn:t1:orders:read',
  ])('refuses %j', (text) => {
    expect(parseQualifiedScope(text)).toBeUndefined()
  })
})

describe('handles', () => {
  it.each(['t1', 'a'.repeat(32), 'a-b', '00'])('accept %s', (text) => {
    expect(isHandle(text)).toBe(true)
  })

  it.each(['a', 'a'.repeat(33), '-a', 'a-', 'A1', 'a_b', 'a:b', 'ab\n', ''])('refuse %j', (text) => {
    expect(isHandle(text)).toBe(false)
  })
})
