/** The one issuer template that may be registered; it stands for the tenants listed beside it. */
export const microsoftIssuerTemplate = 'https://login.microsoftonline.com/{tenantid}/v2.0'

const placeholder = '{tenantid}'

const tenantIdForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a text is a tenant id as tokens spell it; `common`, `organizations`, `consumers` and domain names are none. */
export const isTenantId = (text: string): boolean => tenantIdForm.test(text)

/** Whether a registered issuer stands for several. Any brace counts: an issuer that merely looks like a template must not match as a text. */
export const isIssuerTemplate = (issuer: string): boolean => issuer.includes('{') || issuer.includes('}')

/** A template with its placeholder filled in. */
export const issuerOfTenant = (template: string, tenantId: string): string => template.replace(placeholder, () => tenantId)

/**
 * Issuers by which a registration is found: itself, or one for each listed tenant. Empty for a template that is not allowed and
 * for entries that are no tenant ids, so that nothing finds them.
 */
export function concreteIssuers(issuer: string, tenants: readonly string[] = []): readonly string[] {
  if (!isIssuerTemplate(issuer)) return [issuer]
  if (issuer !== microsoftIssuerTemplate) return []
  return [...new Set(tenants.map((tenant) => tenant.toLowerCase()).filter(isTenantId))].map((tenant) => issuerOfTenant(issuer, tenant))
}
