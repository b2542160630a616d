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

/** Whether the caller may see or change an application of an organization that it was let into. One it may not is 404 to it. */
export function mayUseApplication(caller: AdminCaller, application: ApplicationId): boolean {
  return caller.applications?.has(application) ?? true
}
