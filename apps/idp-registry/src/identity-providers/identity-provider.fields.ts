import {
  acceptedTokenTypeSchema,
  claimMappingSchema,
  claimNamesSchema,
  environmentSchema,
  isId,
  providerTypeSchema,
  requiredClaimsSchema,
  scopeMappingSchema,
  signatureAlgorithmSchema,
  tokenModeSchema,
} from '@cambio/contracts'
import { parseQualifiedScope } from '@cambio/oauth'
import { z } from 'zod'

/** Longest address that is taken, in characters; the fetcher reads no longer one. */
const maxUrlLength = 2048

const controlCharacters = /\p{Cc}/u

/** A text of one line of at most `max` characters. */
const line = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !controlCharacters.test(text), 'must have no control characters')

/** At least one value, none twice: a repetition is a slip that would hide another value that was meant. */
const distinct = <S extends z.ZodType>(item: S, max: number) =>
  z
    .array(item)
    .min(1, 'must have at least one member')
    .max(max, `must have at most ${max} members`)
    .refine((values) => new Set(values).size === values.length, 'must not have the same member twice')

/** Path segments hold it, so it is one line; an id in its place could not be told from the id of another provider. */
const nameSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._()-]{0,62}[\p{L}\p{M}\p{N}._)-])?$/u,
    'must be 1 to 64 letters, digits, spaces and . _ ( ) -, beginning with a letter or digit and not ending with a space',
  )
  .refine((name) => !isId('identityProvider', name), 'must not look like an id')

/**
 * An absolute http(s) address as a person types it, without user information and fragment. Whether http or the host is
 * allowed is decided by the policy of the operator, when the address is used.
 */
const urlSchema = z
  .string()
  .max(maxUrlLength, `must have at most ${maxUrlLength} characters`)
  .refine(isPlainUrl, 'must be an https address without user information and fragment')

/** An address that is fetched: its form is judged by the fetcher, which words every refusal (400 `invalid_url`). */
const fetchedUrlSchema = z.string().min(1, 'must not be empty').max(8192, 'must have at most 8192 characters')

function isPlainUrl(text: string): boolean {
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1]
  return authority !== undefined && !authority.includes('@') && /^[\x21-\x7e]+$/.test(text) && !/[#\\]/.test(text) && URL.canParse(text)
}

/** OpenID Connect Discovery §3: a URL without query and fragment; compared byte for byte, so nothing is normalised. */
const issuerSchema = z
  .string()
  .max(512, 'must have at most 512 characters')
  .refine(
    (text) => isPlainUrl(text.replace('{tenantid}', 'tenant')) && !text.includes('?'),
    'must be an https address without user information, query and fragment',
  )

const tenantSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a tenant id in lower case')
  .refine(
    (tenant) => tenant !== '9188040d-6c67-4c5b-b112-36a304b66dad',
    'must not be the tenant of personal accounts, which anybody can open',
  )

/** Contents are judged key by key when the set is taken; here only that it is one. */
const jwksSchema = z.strictObject({
  keys: z
    .array(z.record(z.string().max(64), z.unknown()))
    .min(1, 'must have at least one member')
    .max(100, 'must have at most 100 members'),
})

const claimsSchema = z.strictObject({
  clientId: claimNamesSchema.optional().describe('Claim that holds the client id; several are tried in this order.'),
  scopes: claimNamesSchema.optional().describe('Claims that hold scopes: a text with spaces, or a list.'),
  roles: claimNamesSchema.optional().describe('Claims that hold roles or groups.'),
  accessTokenMark: line(256).optional().describe('Claim by whose presence an access token of this provider is known.'),
})

const qualifiedScopes = scopeMappingSchema.superRefine(({ scopes }, context) => {
  for (const [index, scope] of scopes.entries()) {
    if (parseQualifiedScope(scope) === undefined) {
      context.addIssue({ code: 'custom', path: ['scopes', index], message: 'must be a qualified scope: urn:<org>:<api>:<scope>' })
    }
  }
})

const claimMappingsSchema = z
  .array(claimMappingSchema)
  .max(32, 'must have at most 32 members')
  .refine((mappings) => new Set(mappings.map(({ to }) => to)).size === mappings.length, 'must not name the same target twice')

const seconds = (min: number, max: number) =>
  z.int('must be a whole number of seconds').min(min, `must be at least ${min}`).max(max, `must be at most ${max}`)

const year = 31_536_000

/**
 * What an administrator may set, each field with its bounds and all of them optional: which are required depends on where
 * the rest comes from. Source: docs/api.md, idp-registry.
 */
export const settingsMembers = {
  description: z.string().max(1000, 'must have at most 1000 characters').optional(),
  type: providerTypeSchema.optional().describe('The product, whose habits fill in what is left out. Default `generic`.'),
  wellKnownUrl: fetchedUrlSchema
    .optional()
    .describe('Address of the discovery document; endpoint fields that are left out are filled in from it.'),
  issuer: issuerSchema.optional().describe('Compared with `iss` byte for byte. Required without `wellKnownUrl`.'),
  tokenEndpoint: urlSchema.optional(),
  authorizationEndpoint: urlSchema.optional(),
  jwksUri: fetchedUrlSchema.optional().describe('Address of the keys. Without `wellKnownUrl` either this or `jwks` is required.'),
  jwks: jwksSchema.optional().describe('The keys themselves, in place of an address.'),
  allowedAudiences: distinct(line(512), 50).describe('A token must be for one of these.'),
  tokenMode: tokenModeSchema.optional().describe('Default `EXCHANGED`.'),
  environments: distinct(environmentSchema, 2).optional().describe('Default: both.'),
  allowedAlgorithms: distinct(signatureAlgorithmSchema, 11)
    .optional()
    .describe('Default: the asymmetric ones of the discovery document, else those of the type.'),
  acceptedTokenTypes: distinct(acceptedTokenTypeSchema, 3).optional().describe('Default `jwt` and `access_token`.'),
  claims: claimsSchema.optional().describe('What is left out comes from the type.'),
  scopeMappings: z.array(qualifiedScopes).max(200, 'must have at most 200 members').optional(),
  claimMappings: claimMappingsSchema.optional().describe('Claims that are copied under `ext` of the issued token.'),
  requiredClaims: requiredClaimsSchema
    .refine((claims) => Object.keys(claims).length <= 20, 'must have at most 20 members')
    .optional()
    .describe('Claims that a token must have. For an issuer that many customers share, one of them has to name the owner.'),
  condition: z
    .string()
    .max(4096, 'must have at most 4096 characters')
    .optional()
    .describe('A CEL expression. This version evaluates none and therefore refuses every expression (`condition_unsupported`).'),
  maxSessionSeconds: seconds(60, year).optional().describe('How long refresh tokens may live; absent = there are none.'),
  confirmHost: z
    .string()
    .regex(/^[a-z0-9.:[\]-]{1,253}$/, 'must be a host name in lower case')
    .optional()
    .describe('The host of the keys, if it is meant to differ from the host of the issuer.'),
  tenants: distinct(tenantSchema, 100).optional().describe('Tenants that the issuer template of Microsoft stands for.'),
  maxTokenAgeSeconds: seconds(1, year).nullable().optional().describe('Oldest `iat`; null = any age. Default 3600.'),
  maxTokenLifetimeSeconds: seconds(1, year).optional().describe('Longest time from `iat` to `exp`. Default 86400.'),
  clockSkewSeconds: seconds(0, 300).optional().describe('Default 30.'),
  singleUse: z.boolean().optional().describe('Every `jti` is taken once. Default false.'),
  jwksMaxStaleSeconds: seconds(0, 604_800)
    .optional()
    .describe('How long the last good keys serve while their address fails; 0 = not at all. Default 86400.'),
}

/** Rules between fields; what discovery fills in is judged after it. */
function checkTogether(
  settings: { jwks?: unknown; jwksUri?: unknown; wellKnownUrl?: unknown; issuer?: unknown },
  context: z.RefinementCtx,
): void {
  const issue = (field: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [field], message })
  }
  if (settings.jwks !== undefined && settings.jwksUri !== undefined) issue('jwks', 'must not be given together with jwksUri')
  if (settings.wellKnownUrl !== undefined) return
  if (settings.issuer === undefined) issue('issuer', 'is required without wellKnownUrl')
  if (settings.jwks === undefined && settings.jwksUri === undefined) issue('jwksUri', 'is required without wellKnownUrl and jwks')
}

/** The settings of a registration, as a patch leaves them and as creation gives them, without the name. */
export const settingsSchema = z.strictObject(settingsMembers).superRefine(checkTogether)

export type Settings = z.output<typeof settingsSchema>

/** The body of a creation. */
export const creationSchema = z.strictObject({ name: nameSchema, ...settingsMembers }).superRefine(checkTogether)

export type Creation = z.output<typeof creationSchema>

const nullable = (members: Readonly<Record<string, z.ZodType>>) =>
  z.strictObject(Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, schema.nullable().optional()])))

/**
 * The body of a change: a JSON Merge Patch (RFC 7396), so null removes a field or sets it to its default. The exception is
 * `maxTokenAgeSeconds`, where null is a value of its own: any age. What results is checked as a whole by `settingsSchema`.
 */
export const patchSchema = nullable({
  ...settingsMembers,
  claims: nullable(claimsSchema.shape),
  requiredClaims: z.record(z.string().min(1).max(256), z.unknown()),
  name: z.unknown().describe('Cannot be changed: its presence is refused (`name_immutable`).'),
})

export type Patch = Readonly<Record<string, unknown>>

/** `{id or name}` of an address. */
export const idOrNameSchema = z.string().min(1).max(128)

/** The body of a discovery. */
export const discoveryRequestSchema = z.strictObject({
  wellKnownUrl: fetchedUrlSchema,
  type: providerTypeSchema.optional(),
  sampleToken: z.string().min(1).max(32_768).optional().describe('A token of this provider to compare; it is neither stored nor logged.'),
})

/** The body of a check. */
export const checkRequestSchema = discoveryRequestSchema.pick({ sampleToken: true })
