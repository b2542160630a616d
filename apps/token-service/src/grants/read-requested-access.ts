import { type FormParameters, parameters, type Parsed, parseScope } from '@cambio/oauth'

import { type RequestedAccess } from './targets-and-scopes.js'

/** Reads `audience`, `resource` and `scope`. An `audience` and a `resource` mean the same here: the identifier of an API. */
export function readRequestedAccess(form: FormParameters): Parsed<RequestedAccess> {
  const scopes = parseScope(form.get(parameters.scope) ?? '')
  if (!scopes.ok) return scopes
  const targets = [...form.getAll(parameters.audience), ...form.getAll(parameters.resource)]
  return { ok: true, value: { targets, scopes: scopes.value } }
}
