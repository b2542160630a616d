import { describe, expect, it } from 'vitest'

import { scopesGivenBy, scopesOfSubject } from './subject-scopes.js'

const READ = 'urn:t1:orders:read'
const WRITE = 'urn:t1:orders:write'

const scopes = (mappings: Parameters<typeof scopesGivenBy>[0], tokenScopes: string[] = [], tokenRoles: string[] = []): string[] => [
  ...scopesOfSubject(scopesGivenBy(mappings), tokenScopes, tokenRoles),
]

describe('the scopes that a subject may have', () => {
  it('are none by default', () => {
    expect(scopes([], ['read', 'admin'], ['admin'])).toEqual([])
  })

  it('are given to everyone by a mapping from any', () => {
    expect(scopes([{ from: 'any', scopes: [READ] }])).toEqual([READ])
  })

  it('are given by a scope and by a role of the provider, each by its own', () => {
    const mappings = [
      { from: 'scope', value: 'reader', scopes: [READ] },
      { from: 'role', value: 'writer', scopes: [WRITE] },
    ] as const
    expect(
      scopes(
        [...mappings].map((mapping) => ({ ...mapping, scopes: [...mapping.scopes] })),
        ['reader'],
        ['reader'],
      ),
    ).toEqual([READ])
    expect(
      scopes(
        [...mappings].map((mapping) => ({ ...mapping, scopes: [...mapping.scopes] })),
        ['writer'],
        ['writer'],
      ),
    ).toEqual([WRITE])
  })

  it('add up where several mappings name one value', () => {
    const mapping = { from: 'role', value: 'clerk' } as const
    const mappings = [
      { ...mapping, scopes: [READ] },
      { ...mapping, scopes: [WRITE] },
    ]
    expect(scopes(mappings, [], ['clerk'])).toEqual([READ, WRITE])
  })

  it('are the fully qualified names in the token’s own scope claim', () => {
    expect(scopes([], [READ, 'read', 'openid'])).toEqual([READ])
  })

  it('are not the fully qualified names among its roles', () => {
    expect(scopes([], [], [READ])).toEqual([])
  })

  it('are found by exact value, members that every object has included', () => {
    const mappings = [{ from: 'role' as const, value: 'admin', scopes: [WRITE] }]
    expect(scopes(mappings, [], ['Admin', 'admin ', 'constructor', '__proto__'])).toEqual([])
  })
})
