import { z } from 'zod'

/** What admin tokens are for; an admin token's `aud` is exactly this one member (docs/protocol.md). */
export const ADMIN_AUDIENCE = 'urn:cambio:admin'

/** The nouns of the administrators' API; each has a scope `<noun>:read` and a scope `<noun>:write`. */
const nouns = ['orgs', 'idps', 'apis', 'applications', 'subscriptions', 'tokens', 'keys'] as const

export type AdminScope = `${(typeof nouns)[number]}:${'read' | 'write'}`

export const ADMIN_SCOPES: readonly AdminScope[] = nouns.flatMap((noun) => [`${noun}:read`, `${noun}:write`] as const)

/** The roles of an organization's admin clients. */
export const organizationRoleSchema = z.enum(['owner', 'editor', 'viewer', 'developer'])

export type OrganizationRole = z.infer<typeof organizationRoleSchema>

/** A platform administrator belongs to no organization and acts on every one. */
export const adminRoleSchema = z.enum(['platform', ...organizationRoleSchema.options])

export type AdminRole = z.infer<typeof adminRoleSchema>

/** Signing keys are the platform's: no role of an organization reads or rotates them. */
const organizationScopes = ADMIN_SCOPES.filter((scope) => !scope.startsWith('keys:'))

const scopesOfRole: Record<AdminRole, readonly AdminScope[]> = {
  platform: ADMIN_SCOPES,
  owner: organizationScopes,
  // Admin clients are a part of the organization itself: an editor sees it but changes everything else.
  editor: organizationScopes.filter((scope) => scope !== 'orgs:write'),
  viewer: organizationScopes.filter((scope) => scope.endsWith(':read')),
  // Nothing of the organization itself: its admin clients are none of an application developer's business.
  developer: [
    'idps:read',
    'apis:read',
    'applications:read',
    'applications:write',
    'subscriptions:read',
    'subscriptions:write',
    'tokens:read',
    'tokens:write',
  ],
}

/** The scopes that a role may be granted; a developer's are further limited to the applications it lists. */
export function scopesOfAdminRole(role: AdminRole): readonly AdminScope[] {
  return scopesOfRole[role]
}
