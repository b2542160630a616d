const v2Form = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36}|\{tenantid\})\/v2\.0$/
const v1Form = /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/$/
const wellKnownForm = /^https:\/\/login\.microsoftonline\.com\/([^/]+)\/(?:v2\.0\/)?\.well-known\/openid-configuration(?:\?.*)?$/

/** The tenant that an issuer of Microsoft names, in both versions of its tokens; `{tenantid}` for the template. */
export function tenantOfIssuer(issuer: string): string | undefined {
  return v2Form.exec(issuer)?.[1] ?? v1Form.exec(issuer)?.[1]
}

/**
 * Whether an issuer belongs to a discovery address of Microsoft although the two differ: version 1 has its issuer on another
 * host, a tenant may be named by its domain, and `common` and `organizations` stand for every tenant.
 */
export function isMicrosoftPair(wellKnownUrl: string, issuer: string): boolean {
  const named = wellKnownForm.exec(wellKnownUrl)?.[1]
  const tenant = tenantOfIssuer(issuer)
  if (named === undefined || tenant === undefined) return false
  const isTenantId = /^[0-9a-f-]{36}$/i.test(named)
  return isTenantId ? named.toLowerCase() === tenant : true
}
