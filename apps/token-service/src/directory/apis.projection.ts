import { type ApiScope, type ApiValue, type FeedEntry } from '@cambio/contracts'
import { ClaimedIndex } from '@cambio/messaging'

/** An API as a target of tokens, with its scopes ready for look-up. */
export interface TargetApi {
  readonly id: string
  readonly org: string
  /** `urn:<org>:<handle>`: the member of `aud` that names this API. */
  readonly identifier: string
  readonly status: ApiValue['status']
  readonly scopesByShortName: ReadonlyMap<string, ApiScope>
  readonly scopesByQualifiedName: ReadonlyMap<string, ApiScope>
}

/** The APIs of all organizations, by id and by identifier. */
export class ApisProjection {
  readonly #byId = new Map<string, TargetApi>()
  readonly #byIdentifier = new ClaimedIndex<TargetApi>()

  apply(entry: FeedEntry<ApiValue>): void {
    const api = entry.value === null ? undefined : targetApi(entry, entry.value)
    if (api === undefined) this.#byId.delete(entry.id)
    else this.#byId.set(entry.id, api)
    this.#byIdentifier.replace(entry.id, api === undefined ? [] : [[api.identifier, api]])
  }

  byId(org: string, id: string): TargetApi | undefined {
    const api = this.#byId.get(id)
    return api?.org === org ? api : undefined
  }

  byIdentifier(org: string, identifier: string): TargetApi | undefined {
    const api = this.#byIdentifier.get(identifier)
    return api?.org === org ? api : undefined
  }
}

function targetApi(entry: FeedEntry<ApiValue>, value: ApiValue): TargetApi {
  return {
    id: entry.id,
    org: entry.org,
    identifier: value.identifier,
    status: value.status,
    scopesByShortName: new Map(value.scopes.map((scope) => [scope.name, scope])),
    scopesByQualifiedName: new Map(value.scopes.map((scope) => [scope.fullyQualifiedName, scope])),
  }
}
