import { applyMergePatch, type IfMatch, invalidContent, type OrganizationRef } from '@cambio/service-kit'
import { ok, refused, type Result } from '@cambio/store'

import { type Refusal, refuseField } from '../refusals/refusal.js'
import { apiAnswer } from './api.answer.js'
import { type Api, changeApi, contentOf } from './api.js'
import { type ApiAnswer, apiContentSchema, type ApiPatch } from './api.schema.js'
import { type ApiStore } from './api.store.js'
import { describedContent } from './described-content.js'
import { findApi } from './find-api.js'

/** Members of a patch that `describedContent` reads. */
const describedMembers: ReadonlySet<string> = new Set(['openapi', 'resources', 'scopes'])

/** Changes an API. A scope that goes stops being granted at once; where credentials still name it, that is without effect. */
export class PatchApi {
  readonly #apis: ApiStore

  constructor(apis: ApiStore) {
    this.#apis = apis
  }

  /** Refuses with `handle_immutable`, `context_exists`, `invalid_content`, `stale_revision` or `not_found`. */
  async execute(org: OrganizationRef, idOrHandle: string, ifMatch: IfMatch, patch: ApiPatch): Promise<Result<ApiAnswer, Refusal>> {
    const api = await findApi(this.#apis, org, idOrHandle)
    if (!api.ok) return api
    if (patch.handle !== undefined) return refuseField('/handle', 'cannot be changed', 'handle_immutable')
    const described = describedContent(patch)
    if (!described.ok) return described
    const given = Object.entries(patch).filter(([member]) => !describedMembers.has(member))
    const change = { ...Object.fromEntries(given), ...described.value }
    const changed = await this.#apis.edit(org.id, api.value.id, ifMatch, ({ value }) => patched(value, org.handle, change))
    return changed.ok ? ok(apiAnswer(changed.value)) : changed
  }
}

function patched(present: Api, orgHandle: string, change: object): Result<Api, Refusal> {
  const content = apiContentSchema.safeParse(applyMergePatch(contentOf(present), change))
  return content.success ? changeApi(present, orgHandle, content.data) : refused(invalidContent(content.error.issues))
}
