import { apiSchema } from '@cambio/contracts'
import { type DocumentDefinition } from '@cambio/store'

import { AggregateStore } from '../aggregates/aggregate-store.js'
import { nameLookup } from '../aggregates/plain-name.schema.js'
import { type Refusal } from '../refusals/refusal.js'
import { type Api } from './api.js'

export const apiHandleKey = (org: string, handle: string): string => `handle:${org}:${handle}`

/** Neither a context nor a version has a colon. */
const contextKey = (org: string, { context, version }: Api): string => `context:${org}:${context}:${version}`

export const apiDefinition: DocumentDefinition<Api> = {
  name: 'apis',
  schemaVersion: 1,
  parse: (value) => apiSchema.parse(value),
  uniqueKeys: ({ org, value }) => [apiHandleKey(org, value.handle), contextKey(org, value)],
  lookups: ({ value }) => [nameLookup(value.name)],
}

/** The APIs. An injection token of its own. */
export class ApiStore extends AggregateStore<Api> {}

export function apiKeyTaken(key: string): Refusal {
  return key.startsWith('context:')
    ? { code: 'context_exists', errors: [{ pointer: '/context', detail: 'and this version belong to another API' }] }
    : { code: 'handle_exists', errors: [{ pointer: '/handle', detail: 'belongs to another API' }] }
}
