import { type AdminRole, adminClientSchema } from '@cambio/contracts'
import { type DocumentDefinition } from '@cambio/store'

import { AggregateStore } from '../aggregates/aggregate-store.js'
import { nameLookup } from '../aggregates/plain-name.schema.js'
import { type Refusal } from '../refusals/refusal.js'
import { type AdminClient } from './admin-client.js'

export const adminClientKey = (clientId: string): string => `client:${clientId}`

/** The lookup of the clients with one role. */
export const withRole = (role: AdminRole): string => `role:${role}`

export const adminClientDefinition: DocumentDefinition<AdminClient> = {
  name: 'admin-clients',
  schemaVersion: 1,
  parse: (value) => adminClientSchema.parse(value),
  uniqueKeys: ({ value }) => [adminClientKey(value.clientId)],
  lookups: ({ value }) => [nameLookup(value.name), withRole(value.role)],
}

/** The admin clients; the partition is the organization's id, or `platform`. An injection token of its own. */
export class AdminClientStore extends AggregateStore<AdminClient> {}

/** Client ids are ours and random, except that of the first platform administrator. */
export const adminClientKeyTaken = (): Refusal => ({ code: 'conflict', detail: 'Another client has this client id.' })
