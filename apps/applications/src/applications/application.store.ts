import { type IdentityProviderId } from '@cambio/contracts'
import { type DocumentDefinition } from '@cambio/store'

import { AggregateStore } from '../aggregates/aggregate-store.js'
import { nameLookup } from '../aggregates/plain-name.schema.js'
import { type Refusal } from '../refusals/refusal.js'
import { type Application, referredIdentityProviders, storedApplicationSchema } from './application.js'

export const applicationNameKey = (org: string, name: string): string => `name:${org}:${name}`

/** An identity provider belongs to one organization, so its id makes the key unique within the organization. */
export const boundClientKey = (identityProvider: IdentityProviderId, clientId: string): string =>
  `client-id:${identityProvider}:${clientId}`

/** The lookup of applications that refer to an identity provider in any way. */
export const referringToIdp = (identityProvider: string): string => `idp:${identityProvider}`

/** The lookup of applications that have bound a client id of an identity provider. */
export const boundToIdp = (identityProvider: string): string => `bound:${identityProvider}`

/** The lookup of applications with a subscription to an API, whatever its status. */
export const subscribedTo = (api: string): string => `api:${api}`

export const applicationDefinition: DocumentDefinition<Application> = {
  name: 'applications',
  schemaVersion: 1,
  parse: (value) => storedApplicationSchema.parse(value),
  uniqueKeys: ({ org, value }) => [
    applicationNameKey(org, value.name),
    ...value.credentials.map(({ clientId }) => `client:${clientId}`),
    ...value.bindings.map(({ identityProvider, clientId }) => boundClientKey(identityProvider, clientId)),
  ],
  lookups: ({ value }) => [
    nameLookup(value.name),
    ...[...referredIdentityProviders(value)].map(referringToIdp),
    ...value.bindings.map(({ identityProvider }) => boundToIdp(identityProvider)),
    ...value.subscriptions.map(({ api }) => subscribedTo(api)),
  ],
}

/** The applications. An injection token of its own. */
export class ApplicationStore extends AggregateStore<Application> {}

/** Which application has bound the client id is not told: it may be one that the caller may not see. */
export function applicationKeyTaken(key: string): Refusal {
  if (key.startsWith('client-id:')) return clientIdBound('Another application has bound this client id.')
  if (key.startsWith('name:')) return { code: 'name_exists', errors: [{ pointer: '/name', detail: 'belongs to another application' }] }
  throw new TypeError('a new client id is not new')
}

/** A client id in two applications would leave open for which of them a token stands. */
export const clientIdBound = (detail: string): Refusal => ({
  code: 'client_id_bound',
  detail,
  errors: [{ pointer: '/clientId', detail: 'is bound already' }],
})
