import { isScopeName } from './scope.js'

const handleForm = /^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/

/** Handles of organizations and APIs: 2 to 32 characters, lower case (`docs/api.md`). */
export const isHandle = (text: string): boolean => handleForm.test(text)

/** What `audience` and `aud` name an API by: `urn:<org>:<api handle>`. */
export const apiIdentifier = (org: string, api: string): string => `urn:${org}:${api}`

/** Fully qualified scope name: `urn:<org>:<api>:<scope>`. */
export const qualifiedScopeName = (org: string, api: string, scope: string): string => `urn:${org}:${api}:${scope}`

/** An API named by organization and handle. */
export interface ApiName {
  readonly org: string
  readonly api: string
}

/** A scope named by organization, API and short name. */
export interface QualifiedScope extends ApiName {
  readonly scope: string
}

/** Parses `urn:<org>:<api handle>`; `undefined` for anything else. Nothing is normalised: `URN:` or upper case is another identifier. */
export function parseApiIdentifier(text: string): ApiName | undefined {
  const [scheme, org, api, ...rest] = text.split(':', 4)
  if (scheme !== 'urn' || org === undefined || api === undefined || rest.length > 0) return undefined
  return isHandle(org) && isHandle(api) ? { org, api } : undefined
}

/** Parses `urn:<org>:<api>:<scope>`; a scope may itself hold colons. `undefined` for anything else. */
export function parseQualifiedScope(text: string): QualifiedScope | undefined {
  if (!text.startsWith('urn:')) return undefined
  const afterOrg = text.indexOf(':', 4)
  const afterApi = afterOrg === -1 ? -1 : text.indexOf(':', afterOrg + 1)
  if (afterApi === -1) return undefined
  const name = { org: text.slice(4, afterOrg), api: text.slice(afterOrg + 1, afterApi), scope: text.slice(afterApi + 1) }
  return isHandle(name.org) && isHandle(name.api) && isScopeName(name.scope) ? name : undefined
}
