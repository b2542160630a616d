import { newId } from '@cambio/contracts'
import { invalidContent, type OrganizationRef } from '@cambio/service-kit'
import { ok, refused, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { apiAnswer } from './api.answer.js'
import { createApi } from './api.js'
import { type ApiAnswer, apiContentSchema, type ApiDraft } from './api.schema.js'
import { type ApiStore } from './api.store.js'
import { describedContent } from './described-content.js'

/** Creates an API; it can be subscribed to once it is published. */
export class CreateApi {
  readonly #apis: ApiStore

  constructor(apis: ApiStore) {
    this.#apis = apis
  }

  /** Refuses with `handle_exists`, `context_exists` or `invalid_content`. */
  async execute(org: OrganizationRef, draft: ApiDraft): Promise<Result<ApiAnswer, Refusal>> {
    const described = describedContent(draft)
    if (!described.ok) return described
    const { name, context, version, endpoints } = draft
    // The document's resources and scopes have bounds too: what results is checked as if it had been given.
    const content = apiContentSchema.safeParse({ name, context, version, endpoints, ...described.value })
    if (!content.success) return refused(invalidContent(content.error.issues))
    const api = createApi(org.handle, draft.handle, content.data)
    if (!api.ok) return api
    const inserted = await this.#apis.insert(org.id, newId('api'), api.value)
    return inserted.ok ? ok(apiAnswer(inserted.value)) : inserted
  }
}
