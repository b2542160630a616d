import { type ApiResource } from '@cambio/contracts'
import { type FieldProblem } from '@cambio/service-kit'
import { type Result } from '@cambio/store'
import { z } from 'zod'

import { type Refusal, refuseFields } from '../refusals/refusal.js'
import { resourceMethodSchema, resourcePathSchema } from './api-resources.js'
import { type ScopeDraft, scopeDraftSchema } from './api-scopes.js'
import { pointerTo, scopesOfSecurity, type SecuritySchemes } from './openapi-security.js'

/** What Cambio takes from an OpenAPI document. */
export interface DescribedApi {
  readonly resources: readonly ApiResource[]
  /** The scopes that the document's own OAuth flows declare. */
  readonly scopes: readonly ScopeDraft[]
}

const requirementSchema = z.record(z.string(), z.array(z.string()))
const securitySchema = z.array(requirementSchema)
const flowSchema = z.looseObject({ scopes: z.record(z.string(), z.string()) })

const schemeSchema = z.union([
  z.looseObject({
    type: z.literal('oauth2'),
    flows: z.record(z.string(), z.unknown()).default({}),
  }),
  z.looseObject({ type: z.literal('openIdConnect') }),
  z.looseObject({ type: z.literal('http'), scheme: z.string() }),
  z.looseObject({ type: z.literal(['apiKey', 'mutualTLS']) }),
])

const operationSchema = z.looseObject({ security: securitySchema.optional() })

/** The members of the document that matter here; everything else is left unread. */
const documentSchema = z.looseObject({
  openapi: z.string().regex(/^3\.[012]\.\d+$/, 'must be an OpenAPI version 3'),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  security: securitySchema.default([]),
  components: z.looseObject({ securitySchemes: z.record(z.string(), schemeSchema).default({}) }).default({ securitySchemes: {} }),
})

type OpenApiDocument = z.output<typeof documentSchema>

/** Methods that OpenAPI knows, by their names in a path item. */
const methodOf = new Map(resourceMethodSchema.options.map((method) => [method.toLowerCase(), method]))

/** Members of a path item that are no operation. */
const besideOperations = new Set(['summary', 'description', 'servers', 'parameters'])

/**
 * Derives resources and scopes from an OpenAPI 3 document: one resource for each path and method, with the scopes of its
 * security requirements. What cannot be said in "one of these scopes" is refused, not weakened.
 */
export function readOpenApi(document: Readonly<Record<string, unknown>>): Result<DescribedApi, Refusal> {
  const parsed = documentSchema.safeParse(document)
  if (!parsed.success) return refuseFields(problemsOf(parsed.error, '/openapi'))
  const problems: FieldProblem[] = []
  const scopes = declaredScopes(parsed.data, problems)
  const resources = Object.entries(parsed.data.paths).flatMap(([path, item]) => resourcesOf(parsed.data, path, item, problems))
  return problems.length > 0 ? refuseFields(problems.slice(0, 50)) : { ok: true, value: { resources, scopes } }
}

function resourcesOf(
  document: OpenApiDocument,
  path: string,
  item: Readonly<Record<string, unknown>>,
  problems: FieldProblem[],
): ApiResource[] {
  const pointer = pointerTo('/openapi', 'paths', path)
  const address = resourcePathSchema.safeParse(path)
  if (!address.success) problems.push({ pointer, detail: address.error.issues[0]?.message ?? 'is not a path' })
  return Object.entries(item).flatMap(([member, value]) => {
    const method = methodOf.get(member)
    if (method === undefined) {
      if (!besideOperations.has(member) && !member.startsWith('x-'))
        problems.push({ pointer: pointerTo(pointer, member), detail: 'is not supported here' })
      return []
    }
    const at = pointerTo(pointer, member)
    const operation = operationSchema.safeParse(value)
    if (!operation.success) {
      problems.push(...problemsOf(operation.error, at))
      return []
    }
    const { security } = operation.data
    const place = security === undefined ? '/openapi/security' : pointerTo(at, 'security')
    const scopes = scopesOfSecurity(security ?? document.security, schemesOf(document), place)
    if (!scopes.ok) problems.push(...scopes.error)
    return scopes.ok ? [{ method, path, scopes: [...scopes.value] }] : []
  })
}

const schemesOf = (document: OpenApiDocument): SecuritySchemes => document.components.securitySchemes

function declaredScopes(document: OpenApiDocument, problems: FieldProblem[]): ScopeDraft[] {
  const found = new Map<string, ScopeDraft>()
  for (const [schemeName, scheme] of Object.entries(document.components.securitySchemes)) {
    if (scheme.type !== 'oauth2') continue
    for (const [flowName, flow] of Object.entries(scheme.flows)) {
      if (flowName.startsWith('x-')) continue
      const at = pointerTo('/openapi/components/securitySchemes', schemeName, 'flows', flowName)
      const parsed = flowSchema.safeParse(flow)
      if (!parsed.success) problems.push(...problemsOf(parsed.error, at))
      for (const [name, description] of Object.entries(parsed.data?.scopes ?? {})) {
        const draft = scopeDraftSchema.safeParse(description === '' ? { name } : { name, description })
        if (draft.success) found.set(name, draft.data)
        else problems.push(...draft.error.issues.map(({ message }) => ({ pointer: pointerTo(at, 'scopes', name), detail: message })))
      }
    }
  }
  return [...found.values()]
}

const problemsOf = (error: z.ZodError, pointer: string): FieldProblem[] =>
  error.issues.map(({ path, message }) => ({ pointer: pointerTo(pointer, ...path.map(String)), detail: message }))
