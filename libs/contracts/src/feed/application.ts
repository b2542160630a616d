import { z } from 'zod'

import { environmentSchema } from '../environments.js'
import { idSchema } from '../ids.js'
import { secretDigestSchema } from './admin-client.js'

export const clientAuthMethodSchema = z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])

export type ClientAuthMethod = z.infer<typeof clientAuthMethodSchema>

/** A party that may act for a subject although the subject token has no `may_act`. */
export const allowedActorSchema = z.object({ identityProvider: idSchema('identityProvider'), sub: z.string() })

export type AllowedActor = z.infer<typeof allowedActorSchema>

/** The consumer key of one environment, with what its client may do. */
export const credentialSchema = z.object({
  id: idSchema('credential'),
  environment: environmentSchema,
  clientId: z.string(),
  grantTypes: z.array(z.string()),
  accessTokenLifetimeSeconds: z.int(),
  /** A public client has no secret and authenticates by `none`. */
  public: z.boolean(),
  authMethod: clientAuthMethodSchema,
  /** Public keys for `private_key_jwt`. */
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  /** Short or fully qualified names; absent = every scope of the subscribed APIs. */
  allowedScopes: z.array(z.string()).optional(),
  allowedActors: z.array(allowedActorSchema),
  /** At most two are live at once. */
  secrets: z.array(secretDigestSchema),
})

export type CredentialValue = z.infer<typeof credentialSchema>

/** One client id of one identity provider, bound to this application and no other. */
export const bindingSchema = z.object({
  id: z.string(),
  identityProvider: idSchema('identityProvider'),
  environment: environmentSchema,
  clientId: z.string(),
})

export type BindingValue = z.infer<typeof bindingSchema>

export const subscriptionStatusSchema = z.enum(['ACTIVE', 'BLOCKED', 'PENDING'])

export const subscriptionSchema = z.object({
  id: z.string(),
  api: idSchema('api'),
  plan: z.string(),
  status: subscriptionStatusSchema,
})

export type SubscriptionValue = z.infer<typeof subscriptionSchema>

/** An application with everything that belongs to it, so that a change of any part is one atomic write. */
export const applicationSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  /** The identity providers that it may use; absent = every one of the organization. */
  identityProviders: z.array(idSchema('identityProvider')).optional(),
  credentials: z.array(credentialSchema),
  bindings: z.array(bindingSchema),
  subscriptions: z.array(subscriptionSchema),
})

export type ApplicationValue = z.infer<typeof applicationSchema>
