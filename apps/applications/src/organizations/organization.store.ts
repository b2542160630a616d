import { organizationSchema } from '@cambio/contracts'
import { type DocumentDefinition } from '@cambio/store'

import { AggregateStore } from '../aggregates/aggregate-store.js'
import { nameLookup } from '../aggregates/plain-name.schema.js'
import { type Refusal } from '../refusals/refusal.js'
import { type Organization } from './organization.js'

/** The unique key of a handle. Organizations lie in the partition `platform`. */
export const organizationHandleKey = (handle: string): string => `handle:${handle}`

export const organizationDefinition: DocumentDefinition<Organization> = {
  name: 'organizations',
  schemaVersion: 1,
  parse: (value) => organizationSchema.parse(value),
  uniqueKeys: ({ value }) => [organizationHandleKey(value.handle)],
  lookups: ({ value }) => [nameLookup(value.name)],
}

/** The organizations. An injection token of its own. */
export class OrganizationStore extends AggregateStore<Organization> {}

/** The only unique key of an organization is its handle. */
export const organizationKeyTaken = (): Refusal => ({
  code: 'handle_exists',
  errors: [{ pointer: '/handle', detail: 'belongs to another organization' }],
})
