import { type AdminRole, type AdminScope, type ApplicationId, type OrganizationId } from '@cambio/contracts'

/** An organization as routes need it. */
export interface OrganizationRef {
  readonly id: OrganizationId
  readonly handle: string
}

/** Who calls the administrators' API, as its guard established it. */
export interface AdminCaller {
  readonly clientId: string
  readonly role: AdminRole
  /** The organization that the client belongs to; undefined for a platform administrator. */
  readonly organization: OrganizationId | undefined
  /** What the token and the role both allow at this moment. */
  readonly scopes: ReadonlySet<AdminScope>
  /** The only applications that the caller may see or change; undefined = no limit. */
  readonly applications: ReadonlySet<ApplicationId> | undefined
}
