import { type ApiStatus, type ApiValue } from '@cambio/contracts'
import { apiIdentifier, qualifiedScopeName } from '@cambio/oauth'
import { type FieldProblem } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type Refusal, refuse, refuseFields } from '../refusals/refusal.js'
import { type ApiContent } from './api.schema.js'
import { resourceProblems } from './api-resources.js'

/** An API of an organization: what clients name as audience, with the scopes that may be asked for. */
export type Api = ApiValue

/** A new API, not yet published. `orgHandle` is a part of its identifier and of its scopes' qualified names. */
export function createApi(orgHandle: string, handle: string, content: ApiContent): Result<Api, Refusal> {
  return withContent({ handle, identifier: apiIdentifier(orgHandle, handle), status: 'CREATED' }, orgHandle, content)
}

/** The API with new content; what identifies it and its status stay. */
export function changeApi(present: Api, orgHandle: string, content: ApiContent): Result<Api, Refusal> {
  const { handle, identifier, status } = present
  return withContent({ handle, identifier, status }, orgHandle, content)
}

function withContent(
  fixed: Pick<Api, 'handle' | 'identifier' | 'status'>,
  orgHandle: string,
  { name, context, version, endpoints, scopes, resources }: ApiContent,
): Result<Api, Refusal> {
  const problems = [...repeatedScopes(scopes), ...resourceProblems(resources, new Set(scopes.map((scope) => scope.name)))]
  if (problems.length > 0) return refuseFields(problems)
  return ok({
    ...fixed,
    name,
    context,
    version,
    endpoints,
    scopes: scopes.map((scope) => ({ ...scope, fullyQualifiedName: qualifiedScopeName(orgHandle, fixed.handle, scope.name) })),
    resources,
  })
}

function repeatedScopes(scopes: ApiContent['scopes']): FieldProblem[] {
  return scopes.flatMap(({ name }, index) =>
    scopes.findIndex((other) => other.name === name) < index
      ? [{ pointer: `/scopes/${index}/name`, detail: 'repeats an earlier scope' }]
      : [],
  )
}

/** The part of an API that a PATCH can change, in the form in which it is given. */
export function contentOf({ name, context, version, endpoints, scopes, resources }: Api): ApiContent {
  return {
    name,
    context,
    version,
    endpoints,
    scopes: scopes.map(({ name: scope, description, roles }) => ({
      name: scope,
      ...(description === undefined ? {} : { description }),
      ...(roles === undefined ? {} : { roles }),
    })),
    resources: resources as ApiContent['resources'],
  }
}

/** The steps of an API's life. */
export type ApiStep = 'publish' | 'deprecate' | 'retire'

const steps: Record<ApiStep, { readonly from: readonly ApiStatus[]; readonly to: ApiStatus }> = {
  publish: { from: ['CREATED', 'DEPRECATED'], to: 'PUBLISHED' },
  deprecate: { from: ['PUBLISHED'], to: 'DEPRECATED' },
  retire: { from: ['PUBLISHED', 'DEPRECATED'], to: 'RETIRED' },
}

/** Takes a step from a status that allows it. A retired API stays retired: a new version is a new API. */
export function moveApi(present: Api, step: ApiStep): Result<Api, Refusal> {
  const { from, to } = steps[step]
  if (!from.includes(present.status)) {
    return refuse('api_state', `An API that is ${present.status} cannot be moved to ${to}; that needs ${from.join(' or ')}.`)
  }
  return ok({ ...present, status: to })
}

/** Only a published API takes new subscriptions; those of a deprecated one go on. */
export const canBeSubscribedTo = (api: Api): boolean => api.status === 'PUBLISHED'
