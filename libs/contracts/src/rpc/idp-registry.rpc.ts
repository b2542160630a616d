import { z } from 'zod'

import { environmentSchema } from '../environments.js'
import { providerTypeSchema } from '../feed/identity-provider.js'
import { idSchema } from '../ids.js'
import { defineRpc } from './contract.js'

/** What another service may know of an identity provider when it refers to it or shows it in connection info. */
export const identityProviderSummarySchema = z.object({
  id: idSchema('identityProvider'),
  name: z.string(),
  type: providerTypeSchema,
  enabled: z.boolean(),
  environments: z.array(environmentSchema),
  issuer: z.string(),
  tokenEndpoint: z.string().optional(),
  authorizationEndpoint: z.string().optional(),
  tokenLabel: z.string(),
})

export type IdentityProviderSummary = z.infer<typeof identityProviderSummarySchema>

/** `applications` asks before it refers to an identity provider by id or name. Fails with `not_found`. */
export const findIdentityProvider = defineRpc(
  'idp-registry',
  'identity-provider.find',
  z.strictObject({ org: idSchema('organization'), idOrName: z.string().min(1).max(128) }),
  identityProviderSummarySchema,
)

/** `applications` shows them in connection info. */
export const listIdentityProviders = defineRpc(
  'idp-registry',
  'identity-provider.list',
  z.strictObject({ org: idSchema('organization') }),
  z.object({ items: z.array(identityProviderSummarySchema) }),
)

/**
 * A token service that met an unknown `kid` asks for one refresh; the registry coalesces and limits. The answer says
 * what it did; the keys themselves come with the feed entry, so that a replica applies them in order.
 */
export const refreshKeySet = defineRpc(
  'idp-registry',
  'key-set.refresh',
  z.strictObject({ org: idSchema('organization'), identityProvider: idSchema('identityProvider'), kid: z.string().max(256) }),
  z.object({ outcome: z.enum(['refreshed', 'unchanged', 'limited', 'failed']), entry: z.unknown() }),
)
