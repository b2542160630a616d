import { z } from 'zod'

import { handleSchema } from '../environments.js'

export const apiStatusSchema = z.enum(['CREATED', 'PUBLISHED', 'DEPRECATED', 'RETIRED'])

export type ApiStatus = z.infer<typeof apiStatusSchema>

/** A scope of an API. IdPs and multi-audience tokens carry the fully qualified name `urn:<org>:<api>:<name>`. */
export const apiScopeSchema = z.object({
  name: z.string(),
  fullyQualifiedName: z.string(),
  description: z.string().optional(),
  roles: z.array(z.string()).optional(),
})

export type ApiScope = z.infer<typeof apiScopeSchema>

/** A resource of an API and the short names of the scopes of which a caller needs one; an empty list asks for none. */
export const apiResourceSchema = z.object({
  method: z.string(),
  path: z.string(),
  scopes: z.array(z.string()),
})

export type ApiResource = z.infer<typeof apiResourceSchema>

export const apiSchema = z.object({
  name: z.string(),
  handle: handleSchema,
  /** `urn:<org>:<handle>`: what a client names as `audience` or `resource`. */
  identifier: z.string(),
  context: z.string(),
  version: z.string(),
  status: apiStatusSchema,
  endpoints: z.object({ production: z.string().optional(), sandbox: z.string().optional() }),
  scopes: z.array(apiScopeSchema),
  resources: z.array(apiResourceSchema),
})

export type ApiValue = z.infer<typeof apiSchema>
