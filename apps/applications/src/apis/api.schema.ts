import { apiScopeSchema, apiStatusSchema, handleSchema } from '@cambio/contracts'
import { resourceMembers } from '@cambio/service-kit'
import { z } from 'zod'

import { plainNameSchema } from '../aggregates/plain-name.schema.js'
import { maxResources, resourceSchema } from './api-resources.js'
import { scopeDraftSchema } from './api-scopes.js'

/** One segment, so that `/{org}/{context}/{version}/…` can be read in one way only. */
const contextSchema = z
  .string()
  .regex(/^\/?(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/, 'must be one path segment such as orders')
  .transform((text) => (text.startsWith('/') ? text.slice(1) : text))
  .describe('The first part of the addresses of the API at the gateway, one segment; a leading slash is dropped.')

const versionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'must be 1–32 of A–Z, a–z, 0–9, ., _ and -, such as v1 or 1.0.0')

/** Where the API itself listens. Which addresses may be reached is the gateway's rule and its operator's. */
const endpointSchema = z.string().max(2_048).refine(isEndpoint, 'must be an http or https address without user, query and fragment')

function isEndpoint(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '' && !/[?#\s\\]/.test(text)
}

const endpointsSchema = z.strictObject({ production: endpointSchema.optional(), sandbox: endpointSchema.optional() })

const scopesSchema = z.array(scopeDraftSchema).max(200)
const resourcesSchema = z.array(resourceSchema).max(maxResources)
const openapiSchema = z
  .record(z.string(), z.unknown())
  .describe('An OpenAPI 3 document to take the resources from, in place of `resources`.')

/** What of an API can be changed, whole: what a PATCH results in is checked by it. */
export const apiContentSchema = z.strictObject({
  name: plainNameSchema,
  context: contextSchema,
  version: versionSchema,
  endpoints: endpointsSchema.default({}),
  scopes: scopesSchema.default([]),
  resources: resourcesSchema.default([]),
})

export type ApiContent = z.output<typeof apiContentSchema>

const notBoth = (body: { readonly resources?: unknown; readonly openapi?: unknown }): boolean =>
  body.resources === undefined || body.resources === null || body.openapi === undefined

/** The body of a creation. */
export const apiDraftSchema = z
  .strictObject({
    name: plainNameSchema,
    handle: handleSchema,
    context: contextSchema,
    version: versionSchema,
    endpoints: endpointsSchema.optional(),
    scopes: scopesSchema.optional(),
    resources: resourcesSchema.optional(),
    openapi: openapiSchema.optional(),
  })
  .refine(notBoth, { path: ['openapi'], message: 'must not be given together with resources' })
  .meta({ id: 'ApiDraft' })

export type ApiDraft = z.output<typeof apiDraftSchema>

/** The body of a merge patch; lists are replaced as a whole. */
export const apiPatchSchema = z
  .strictObject({
    name: plainNameSchema.optional(),
    handle: z.string().optional().describe('Cannot be changed: refused.'),
    context: contextSchema.optional(),
    version: versionSchema.optional(),
    endpoints: z
      .strictObject({ production: endpointSchema.nullable().optional(), sandbox: endpointSchema.nullable().optional() })
      .nullable()
      .optional(),
    scopes: scopesSchema.nullable().optional(),
    resources: resourcesSchema.nullable().optional(),
    openapi: openapiSchema.optional(),
  })
  .refine(notBoth, { path: ['openapi'], message: 'must not be given together with resources' })
  .meta({ id: 'ApiPatch' })

export type ApiPatch = z.output<typeof apiPatchSchema>

/** An API as it is answered. */
export const apiResourceAnswerSchema = z
  .object({
    ...resourceMembers,
    name: z.string(),
    handle: z.string(),
    identifier: z.string().describe('`urn:<org>:<handle>`: what a client names as audience or resource.'),
    context: z.string(),
    version: z.string(),
    status: apiStatusSchema,
    endpoints: z.object({ production: z.string().optional(), sandbox: z.string().optional() }),
    scopes: z.array(apiScopeSchema),
    resources: z.array(z.object({ method: z.string(), path: z.string(), scopes: z.array(z.string()) })),
  })
  .meta({ id: 'Api' })

export type ApiAnswer = z.output<typeof apiResourceAnswerSchema>
