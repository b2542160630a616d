import { describe, expect, it } from 'vitest'

import { ADMIN_SCOPES, adminRoleSchema, scopesOfAdminRole } from './admin-roles.js'

describe('scopes of admin roles', () => {
  it('gives the platform administrator everything', () => {
    expect(scopesOfAdminRole('platform')).toEqual(ADMIN_SCOPES)
  })

  it('keeps signing keys from every role of an organization', () => {
    const withKeys = adminRoleSchema.options.filter((role) => scopesOfAdminRole(role).some((scope) => scope.startsWith('keys:')))
    expect(withKeys).toEqual(['platform'])
  })

  it('lets an editor change everything but admin clients', () => {
    expect(scopesOfAdminRole('owner').filter((scope) => !scopesOfAdminRole('editor').includes(scope))).toEqual(['orgs:write'])
  })

  it('lets a viewer write nothing', () => {
    expect(scopesOfAdminRole('viewer').filter((scope) => scope.endsWith(':write'))).toEqual([])
  })

  it('lets a developer read APIs and identity providers and change neither', () => {
    const scopes = scopesOfAdminRole('developer')
    expect(scopes).toEqual(expect.arrayContaining(['apis:read', 'idps:read', 'applications:write', 'subscriptions:write']))
    expect(scopes).not.toEqual(expect.arrayContaining(['apis:write']))
    expect(scopes).not.toEqual(expect.arrayContaining(['idps:write']))
    expect(scopes.filter((scope) => scope.startsWith('orgs:'))).toEqual([])
  })
})
