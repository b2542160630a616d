import { type ApiResource } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { type ScopeDraft } from './api-scopes.js'
import { readOpenApi } from './openapi-document.js'

/** What a body says of resources and scopes, be it by themselves or in an OpenAPI document. */
export interface DescribedContent {
  readonly resources?: readonly ApiResource[] | null
  readonly scopes?: readonly ScopeDraft[] | null
}

/**
 * The body's resources and scopes. An OpenAPI document gives the resources, and also the scopes when the body names none:
 * given ones win.
 */
export function describedContent(body: {
  readonly resources?: readonly ApiResource[] | null | undefined
  readonly scopes?: readonly ScopeDraft[] | null | undefined
  readonly openapi?: Readonly<Record<string, unknown>> | undefined
}): Result<DescribedContent, Refusal> {
  const scopes = body.scopes === undefined ? {} : { scopes: body.scopes }
  if (body.openapi === undefined) return ok({ ...scopes, ...(body.resources === undefined ? {} : { resources: body.resources }) })
  const described = readOpenApi(body.openapi)
  if (!described.ok) return described
  return ok({ resources: described.value.resources, ...(body.scopes === undefined ? declared(described.value.scopes) : scopes) })
}

/** A document without OAuth flows declares nothing, which is no reason to take away what is there. */
const declared = (scopes: readonly ScopeDraft[]): DescribedContent => (scopes.length === 0 ? {} : { scopes })
