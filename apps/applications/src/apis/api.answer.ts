import { type StoredDocument } from '@cambio/store'

import { resourceMembersOf } from '../aggregates/resource-answer.js'
import { type Api } from './api.js'
import { type ApiAnswer } from './api.schema.js'

/** An API as it is answered. */
export function apiAnswer(document: StoredDocument<Api>): ApiAnswer {
  const { name, handle, identifier, context, version, status, endpoints, scopes, resources } = document.value
  return { ...resourceMembersOf(document), name, handle, identifier, context, version, status, endpoints, scopes, resources }
}
