import { describe, expect, it } from 'vitest'

import { mappedClaims } from './mapped-claims.js'

const map = (claims: Readonly<Record<string, unknown>>, ...mappings: { from: string; to: string }[]): unknown =>
  mappedClaims(mappings, claims)

describe('claims of a provider in an issued token', () => {
  it('are those that the registration maps, under their new names, and no other (IS-23)', () => {
    const claims = {
      department: 'sales',
      level: 3,
      active: true,
      groups: ['a', 'b'],
      ...Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`c${n}`, n])),
    }
    const mappings = [
      { from: 'department', to: 'dept' },
      { from: 'level', to: 'level' },
      { from: 'active', to: 'active' },
      { from: 'groups', to: 'https://t1.test/groups' },
    ]
    expect(map(claims, ...mappings)).toEqual({ dept: 'sales', level: 3, active: true, 'https://t1.test/groups': ['a', 'b'] })
  })

  it('are none when nothing is mapped, or nothing that is mapped is there', () => {
    expect(map({ department: 'sales' })).toBeUndefined()
    expect(map({ department: 'sales' }, { from: 'level', to: 'level' })).toBeUndefined()
  })

  it('are found by a path', () => {
    expect(map({ address: { country: 'CH' } }, { from: 'address.country', to: 'country' })).toEqual({ country: 'CH' })
  })

  it.each([
    ['null', null],
    ['an object', { a: 1 }],
    ['a list that is not of texts', ['a', 1]],
    ['a text over 512 characters', 'x'.repeat(513)],
    ['a list of over 50', Array.from({ length: 51 }, () => 'g')],
    ['a number that JSON cannot hold', Infinity],
  ])('leave out what cannot be copied whole: %s', (_name, value) => {
    expect(map({ value, other: 'kept' }, { from: 'value', to: 'value' }, { from: 'other', to: 'other' })).toEqual({ other: 'kept' })
  })

  it.each([false, undefined, 'true', 1, null])('leave out an email with email_verified %j (ST-50)', (verified) => {
    expect(map({ email: 'alice@t1.test', email_verified: verified }, { from: 'email', to: 'email' })).toBeUndefined()
  })

  it('have a verified email (ST-50)', () => {
    expect(map({ email: 'alice@t1.test', email_verified: true }, { from: 'email', to: 'mail' })).toEqual({ mail: 'alice@t1.test' })
  })

  it('are the token’s own members only (ST-38)', () => {
    const claims = Object.assign(Object.create(null) as Record<string, unknown>, { a: 'b' })
    for (const from of ['__proto__', 'constructor', 'toString', 'constructor.name', '__proto__.x']) {
      expect(map(claims, { from, to: 'x' })).toBeUndefined()
      expect(map({ a: 'b' }, { from, to: 'x' })).toBeUndefined()
    }
    const mapped = map({ a: 'b' }, { from: 'a', to: '__proto__' })
    expect(JSON.stringify(mapped)).toBe('{"__proto__":"b"}')
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })
})
