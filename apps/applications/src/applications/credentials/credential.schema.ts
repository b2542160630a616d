import { clientAuthMethodSchema, environmentSchema } from '@cambio/contracts'
import { grantTypes, isScopeName, parseQualifiedScope } from '@cambio/oauth'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { secretAnswerSchema } from '../../client-secrets/secret.answer.js'
import { identityProviderNameSchema } from '../application.schema.js'

/** Bounds of the lifetime of issued tokens, in seconds. */
export const lifetimeBounds = { min: 60, max: 86_400, default: 900 } as const

/** What a client may do with new keys unless it is told: act for itself. Token exchange is selected on purpose. */
export const defaultGrantTypes = [grantTypes.clientCredentials] as const

const isDistinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length

const grantTypesSchema = z
  .array(z.enum(Object.values(grantTypes) as [string, ...string[]]))
  .min(1)
  .refine(isDistinct, 'must not repeat a grant type')

const scopesSchema = z
  .array(
    z
      .string()
      .max(256)
      .refine((name) => isScopeName(name) || parseQualifiedScope(name) !== undefined, 'must be a scope name or urn:<org>:<api>:<scope>'),
  )
  .max(200)
  .refine(isDistinct, 'must not repeat a scope')

const actorsSchema = z.array(z.strictObject({ identityProvider: identityProviderNameSchema, sub: z.string().min(1).max(255) })).max(100)

/** The members of keys are checked one by one when they are taken; here only their frame. */
const jwksSchema = z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) })

const lifetimeSchema = z.int().min(lifetimeBounds.min).max(lifetimeBounds.max)

const members = {
  grantTypes: grantTypesSchema.optional().describe('Default: client_credentials alone. A public client has to name its own.'),
  accessTokenLifetimeSeconds: lifetimeSchema.optional().describe(`Default ${lifetimeBounds.default}.`),
  public: z.boolean().optional().describe('A client that can keep no secret; default false.'),
  authMethod: clientAuthMethodSchema
    .optional()
    .describe('Default client_secret_basic, with which client_secret_post works too; none for a public client.'),
  jwks: jwksSchema.optional().describe('Public keys of private_key_jwt.'),
  allowedScopes: scopesSchema.optional().describe('Absent: every scope of the subscribed APIs.'),
  allowedActors: actorsSchema.optional().describe('Who may act for subjects whose token has no may_act.'),
}

/** The body that generates keys; it may be left out. */
export const keysDraftSchema = z.strictObject(members).meta({ id: 'KeysDraft' })

export type KeysDraft = z.output<typeof keysDraftSchema>

/** The body of a merge patch. */
export const keysPatchSchema = z
  .strictObject({
    ...members,
    jwks: jwksSchema.nullable().optional(),
    allowedScopes: scopesSchema.nullable().optional(),
    allowedActors: actorsSchema.nullable().optional(),
  })
  .meta({ id: 'KeysPatch' })

export type KeysPatch = z.output<typeof keysPatchSchema>

export const keysAnswerSchema = z
  .object({
    ...resourceMembers,
    environment: environmentSchema,
    clientId: z.string(),
    grantTypes: z.array(z.string()),
    accessTokenLifetimeSeconds: z.int(),
    public: z.boolean(),
    authMethod: clientAuthMethodSchema,
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
    allowedScopes: z.array(z.string()).optional(),
    allowedActors: z.array(z.object({ identityProvider: z.string(), sub: z.string() })),
    secrets: z.array(secretAnswerSchema).describe('The live secrets, without what they are.'),
  })
  .meta({ id: 'Keys' })

export type KeysAnswer = z.output<typeof keysAnswerSchema>

/** New keys, with the secret that is shown this once; a client without a secret has none. */
export const newKeysAnswerSchema = keysAnswerSchema.extend({ clientSecret: z.string().optional() }).meta({ id: 'NewKeys' })

export type NewKeysAnswer = z.output<typeof newKeysAnswerSchema>
