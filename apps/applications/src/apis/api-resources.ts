import { type ApiResource } from '@cambio/contracts'
import { type FieldProblem } from '@cambio/service-kit'
import { z } from 'zod'

import { scopeNameSchema } from './api-scopes.js'

export const resourceMethodSchema = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export const maxResources = 500

/** A literal segment has no character that a proxy would read differently: nothing encoded, no dots alone. */
const segment = /^(?:\{[A-Za-z][A-Za-z0-9_-]{0,63}\}|(?!\.{1,2}$)[A-Za-z0-9._~!$&'()+,=:@-]{1,128})$/

/** `/orders/{id}`; a `*` as the last segment stands for everything below. `/` alone is the root. */
export const resourcePathSchema = z
  .string()
  .max(512)
  .refine(isResourcePath, 'must be a path such as /orders/{id}: plain segments, {parameters}, and * only as the last segment')

function isResourcePath(path: string): boolean {
  if (!path.startsWith('/')) return false
  if (path === '/') return true
  const segments = path.slice(1).split('/')
  return segments.every((text, index) => segment.test(text) || (text === '*' && index === segments.length - 1))
}

export const resourceSchema = z
  .strictObject({
    method: resourceMethodSchema,
    path: resourcePathSchema,
    scopes: z
      .array(scopeNameSchema)
      .max(50)
      .default([])
      .describe('Short names of scopes of this API, of which a caller needs one; empty: none.'),
  })
  .meta({ id: 'ApiResource' })

/** Two resources with one shape are one to a caller, whatever their parameters are called. */
const shapeOf = ({ method, path }: ApiResource): string => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`

/** What is wrong with the resources of an API that has these scopes; `pointer` is where they stand in the request. */
export function resourceProblems(resources: readonly ApiResource[], scopes: ReadonlySet<string>, pointer = '/resources'): FieldProblem[] {
  const seen = new Set<string>()
  return resources.flatMap((resource, index) => {
    const undeclared = resource.scopes.flatMap((name, at) =>
      scopes.has(name) ? [] : [{ pointer: `${pointer}/${index}/scopes/${at}`, detail: `is no scope of this API: ${name}` }],
    )
    const shape = shapeOf(resource)
    const repeated = seen.has(shape) ? [{ pointer: `${pointer}/${index}/path`, detail: 'repeats an earlier resource' }] : []
    seen.add(shape)
    return [...repeated, ...undeclared]
  })
}
