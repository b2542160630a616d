import { z } from 'zod'

import { environmentSchema } from '../environments.js'
import { keySourceSchema } from './key-source.js'

export const providerTypeSchema = z.enum(['okta', 'microsoft', 'auth0', 'asgardeo', 'wso2', 'keycloak', 'google', 'cognito', 'generic'])

export type ProviderType = z.infer<typeof providerTypeSchema>

/** EXCHANGED: its tokens are traded at the token endpoint; DIRECT: APIs take them as they are; BOTH: either. */
export const tokenModeSchema = z.enum(['EXCHANGED', 'DIRECT', 'BOTH'])

export type TokenMode = z.infer<typeof tokenModeSchema>

export const acceptedTokenTypeSchema = z.enum(['jwt', 'id_token', 'access_token'])

export type AcceptedTokenType = z.infer<typeof acceptedTokenTypeSchema>

/** Asymmetric algorithms only (RFC 8725 §3.1): a secret that a provider shares with us could be used to sign. */
export const signatureAlgorithmSchema = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])

export type SignatureAlgorithm = z.infer<typeof signatureAlgorithmSchema>

/** The name of a claim, or several tried in this order; an exact name first, then a path with dots. */
export const claimNamesSchema = z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).min(1).max(8)])

export type ClaimNames = z.infer<typeof claimNamesSchema>

export const claimSourcesSchema = z.object({
  clientId: claimNamesSchema.optional(),
  scopes: claimNamesSchema.optional(),
  roles: claimNamesSchema.optional(),
  /** The claim by whose presence a generic provider marks its access tokens. */
  accessTokenMark: z.string().min(1).max(256).optional(),
})

export type ClaimSources = z.infer<typeof claimSourcesSchema>

/** Gives qualified scopes to subjects: by a scope or role that the provider's token carries, or to everyone it vouches for. */
export const scopeMappingSchema = z.discriminatedUnion('from', [
  z.strictObject({ from: z.enum(['scope', 'role']), value: z.string().min(1).max(256), scopes: z.array(z.string()).min(1).max(100) }),
  z.strictObject({ from: z.literal('any'), scopes: z.array(z.string()).min(1).max(100) }),
])

export type ScopeMapping = z.infer<typeof scopeMappingSchema>

/** Copies the provider's claim `from` to `ext.<to>` of the issued token. */
export const claimMappingSchema = z.strictObject({ from: z.string().min(1).max(256), to: z.string().regex(/^[A-Za-z0-9_.:/-]{1,128}$/) })

export type ClaimMapping = z.infer<typeof claimMappingSchema>

const claimScalar = z.union([z.string().max(1024), z.number(), z.boolean()])

/** Claims that a token must have, each with the value or the values of which it must have one. */
export const requiredClaimsSchema = z.record(z.string().min(1).max(256), z.union([claimScalar, z.array(claimScalar).min(1).max(100)]))

export type RequiredClaims = z.infer<typeof requiredClaimsSchema>

export const identityProviderSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  type: providerTypeSchema,
  enabled: z.boolean(),
  wellKnownUrl: z.string().optional(),
  /** Compared with `iss` byte for byte; may be Entra's template with `{tenantid}`. */
  issuer: z.string(),
  tokenEndpoint: z.string().optional(),
  authorizationEndpoint: z.string().optional(),
  /** Absent when the keys were given inline. */
  jwksUri: z.string().optional(),
  /** The digest of where this registration's keys come from: only a key set that carries the same one holds its keys. */
  keySource: keySourceSchema,
  allowedAudiences: z.array(z.string()).min(1),
  tokenMode: tokenModeSchema,
  environments: z.array(environmentSchema),
  allowedAlgorithms: z.array(signatureAlgorithmSchema).min(1),
  acceptedTokenTypes: z.array(acceptedTokenTypeSchema).min(1),
  claims: claimSourcesSchema,
  scopeMappings: z.array(scopeMappingSchema),
  claimMappings: z.array(claimMappingSchema),
  requiredClaims: requiredClaimsSchema,
  /** A CEL expression over `claims`; a reader that cannot evaluate it denies. */
  condition: z.string().optional(),
  /** How long refresh tokens of a session may live; absent = no refresh tokens. */
  maxSessionSeconds: z.int().optional(),
  /** The tenants of a Microsoft multi-tenant registration. */
  tenants: z.array(z.string()),
  /** The oldest `iat` that is taken; null = any age, and `iat` may be absent. */
  maxTokenAgeSeconds: z.int().nullable(),
  maxTokenLifetimeSeconds: z.int(),
  clockSkewSeconds: z.int(),
  /** Each `jti` is taken once. */
  singleUse: z.boolean(),
  /** How long the last good keys serve while the endpoint fails; 0 = not at all. */
  jwksMaxStaleSeconds: z.int(),
})

export type IdentityProviderValue = z.infer<typeof identityProviderSchema>
