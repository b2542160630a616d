import { type FieldProblem } from '@cambio/service-kit'
import { ok, refused, type Result } from '@cambio/store'

/** The security schemes of an OpenAPI document, by name. */
export type SecuritySchemes = Readonly<Record<string, { readonly type: string; readonly [member: string]: unknown }>>

/** Alternatives: a caller has to meet one of them. */
export type SecurityRequirements = readonly Readonly<Record<string, readonly string[]>>[]

/** A JSON pointer (RFC 6901) with further members. */
export const pointerTo = (base: string, ...members: readonly string[]): string =>
  [base, ...members.map((member) => member.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')

/** Schemes whose tokens can be ours; what another scheme wants, such as an API key, nobody checks here. */
const isTokenScheme = (scheme: SecuritySchemes[string] | undefined): boolean =>
  scheme !== undefined &&
  (scheme.type === 'oauth2' ||
    scheme.type === 'openIdConnect' ||
    (scheme.type === 'http' && typeof scheme['scheme'] === 'string' && scheme['scheme'].toLowerCase() === 'bearer'))

/**
 * The scopes of which a caller needs one, by the security requirements of an operation (OpenAPI 3.1 §4.8.30). Empty: no
 * scope is needed. Refused is what would have to be weakened to be said so: two scopes at once, or only schemes that are
 * not checked here.
 */
export function scopesOfSecurity(
  requirements: SecurityRequirements,
  schemes: SecuritySchemes,
  pointer: string,
): Result<readonly string[], readonly FieldProblem[]> {
  if (requirements.length === 0) return ok([])
  const alternatives = requirements.map((requirement, index) => alternativeOf(requirement, schemes, `${pointer}/${index}`))
  const problems = alternatives.flatMap((alternative) => (alternative.ok ? [] : [alternative.error]))
  if (problems.length > 0) return refused(problems)
  const scopes = alternatives.flatMap((alternative) => (alternative.ok ? [alternative.value] : []))
  // One alternative without a scope lets every caller pass, whatever the others ask for.
  return ok(scopes.some((names) => names.length === 0) ? [] : [...new Set(scopes.flat())])
}

function alternativeOf(
  requirement: Readonly<Record<string, readonly string[]>>,
  schemes: SecuritySchemes,
  pointer: string,
): Result<readonly string[], FieldProblem> {
  const names = Object.keys(requirement)
  const unsupported = names.find((name) => !isTokenScheme(Object.hasOwn(schemes, name) ? schemes[name] : undefined))
  if (unsupported !== undefined) {
    return refused({
      pointer: pointerTo(pointer, unsupported),
      detail: 'must name a declared scheme of type oauth2, openIdConnect or http bearer',
    })
  }
  const scopes = [...new Set(names.flatMap((name) => requirement[name] ?? []))]
  if (scopes.length > 1) return refused({ pointer, detail: 'must not need several scopes at once; offer one scope, or alternatives' })
  return ok(scopes)
}
