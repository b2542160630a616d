import { type ApplicationId, isId } from '@cambio/contracts'
import { type AdminCaller, type OrganizationRef } from '@cambio/service-kit'
import { type Result, type StoredDocument } from '@cambio/store'

import { notFound, type Refusal } from '../refusals/refusal.js'
import { type Application } from './application.js'
import { applicationNameKey, type ApplicationStore } from './application.store.js'

/** Which applications a caller may see and change: a developer's own; undefined = no limit. */
export type ApplicationReach = AdminCaller['applications']

/** An application named by a request: within an organization, by id or name, by somebody with this reach. */
export interface ApplicationRef {
  readonly org: OrganizationRef
  /** Id or name. */
  readonly application: string
  readonly reach: ApplicationReach
}

/** The application if it exists in the organization and is within reach; else it looks as if it did not exist. */
export async function findApplication(
  applications: ApplicationStore,
  { org, application, reach }: ApplicationRef,
): Promise<Result<StoredDocument<Application>, Refusal>> {
  const found = isId('application', application)
    ? await applications.get(org.id, application)
    : await applications.getByKey(org.id, applicationNameKey(org.id, application))
  return found.ok && reach?.has(found.value.id as ApplicationId) === false ? notFound('application') : found
}
