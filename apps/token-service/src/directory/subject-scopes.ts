import { type ScopeMapping } from '@cambio/contracts'

/** Which qualified scopes an identity provider's tokens give, prepared from its `scopeMappings`. */
export interface SubjectScopes {
  /** Of everyone whom the provider vouches for. */
  readonly ofAnyone: readonly string[]
  readonly byScope: ReadonlyMap<string, readonly string[]>
  readonly byRole: ReadonlyMap<string, readonly string[]>
}

export function scopesGivenBy(mappings: readonly ScopeMapping[]): SubjectScopes {
  const ofAnyone: string[] = []
  const byScope = new Map<string, string[]>()
  const byRole = new Map<string, string[]>()
  for (const mapping of mappings) {
    if (mapping.from === 'any') ofAnyone.push(...mapping.scopes)
    else {
      const table = mapping.from === 'scope' ? byScope : byRole
      table.set(mapping.value, [...(table.get(mapping.value) ?? []), ...mapping.scopes])
    }
  }
  return { ofAnyone, byScope, byRole }
}

/**
 * The qualified scopes that a subject may have (docs/protocol.md, exchange step 5): what the mappings give and the fully
 * qualified names in the token's own scope claim. A short name in a foreign token means the provider's scope, not ours, and gives nothing.
 */
export function scopesOfSubject(given: SubjectScopes, tokenScopes: readonly string[], tokenRoles: readonly string[]): ReadonlySet<string> {
  const scopes = new Set(given.ofAnyone)
  for (const scope of tokenScopes) {
    if (scope.startsWith('urn:')) scopes.add(scope)
    for (const mapped of given.byScope.get(scope) ?? []) scopes.add(mapped)
  }
  for (const role of tokenRoles) {
    for (const mapped of given.byRole.get(role) ?? []) scopes.add(mapped)
  }
  return scopes
}
