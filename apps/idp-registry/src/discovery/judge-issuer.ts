import { concreteIssuers, isIssuerTemplate, missingOwnerClaim, type ProviderType } from '@cambio/token-trust'

import { issuerOfWellKnownUrl } from './discovery-document.js'
import { errorFinding, type Finding } from './finding.js'
import { isMicrosoftPair, tenantOfIssuer } from './microsoft-issuer.js'

/** An issuer with all that it is compared with. */
export interface IssuerClaim {
  readonly type: ProviderType
  readonly wellKnownUrl: string
  /** What the document says. */
  readonly documentIssuer: string | undefined
  /** What the administrator gave, if anything. */
  readonly givenIssuer?: string | undefined
}

/**
 * Compares the issuers of the address, of the document and of the administrator (OpenID Connect Discovery §4.3, RFC 8414
 * §3.3): a document may only speak for the issuer under whose address it lies, or one provider could name another's issuer.
 */
export function judgeDiscoveredIssuer({ type, wellKnownUrl, documentIssuer, givenIssuer }: IssuerClaim): Finding | undefined {
  const mismatch = (message: string, fix: string): Finding => errorFinding('issuer_mismatch', { message, fix, field: 'issuer' })
  if (documentIssuer === undefined) {
    return mismatch(
      'The discovery document names no issuer that can be used.',
      'Report it to the provider, or register issuer and jwksUri without wellKnownUrl.',
    )
  }
  const expected = issuerOfWellKnownUrl(wellKnownUrl)
  if (!belongsTogether({ type, wellKnownUrl, documentIssuer, givenIssuer }, expected)) {
    const slash = documentIssuer === `${expected}/`
    return mismatch(
      `The discovery document says ${documentIssuer}, and its address belongs to ${expected}.`,
      slash
        ? `Give issuer as ${documentIssuer} if the tokens of this provider spell it so.`
        : `Use the discovery address of ${documentIssuer}.`,
    )
  }
  if (givenIssuer === undefined || givenIssuer === documentIssuer || isDeclaredMismatch(type, documentIssuer, givenIssuer)) return undefined
  return mismatch(
    `The given issuer is ${givenIssuer}, and the discovery document says ${documentIssuer}.`,
    'Use the issuer byte for byte as the tokens of this provider spell it, trailing slash and version included.',
  )
}

/** Discovery drops a trailing slash of the issuer before it appends (OpenID Connect Discovery §4), so the slash needs a confirmation. */
function belongsTogether({ type, wellKnownUrl, documentIssuer, givenIssuer }: IssuerClaim, expected: string): boolean {
  if (documentIssuer === expected) return true
  if (documentIssuer === `${expected}/`) return type === 'auth0' || givenIssuer === documentIssuer
  return type === 'microsoft' && documentIssuer !== undefined && isMicrosoftPair(wellKnownUrl, documentIssuer)
}

/** Both versions of Microsoft's tokens are signed with the same keys, and the template stands for each tenant. */
function isDeclaredMismatch(type: ProviderType, documentIssuer: string, givenIssuer: string): boolean {
  if (type !== 'microsoft') return false
  const documented = tenantOfIssuer(documentIssuer)
  const given = tenantOfIssuer(givenIssuer)
  return documented !== undefined && given !== undefined && (documented === given || documented === '{tenantid}')
}

export interface OwnedIssuer {
  readonly issuer: string
  readonly tenants: readonly string[]
  readonly requiredClaims: Readonly<Record<string, unknown>>
}

/** What an issuer needs beside itself: tenants for a template, and a claim that names the owner where many share it. */
export function judgeIssuerOwner({ issuer, tenants, requiredClaims }: OwnedIssuer): readonly Finding[] {
  const issuers = concreteIssuers(issuer, tenants)
  if (isIssuerTemplate(issuer) ? issuers.length === 0 : tenants.length > 0) {
    return [
      errorFinding('tenants_required', {
        message: 'A list of tenants and the issuer template of Microsoft are only allowed together.',
        fix: 'Use https://login.microsoftonline.com/{tenantid}/v2.0 and list the tenants, or the issuer of one tenant without a list.',
        field: 'tenants',
      }),
    ]
  }
  return issuers.flatMap((one) => {
    const requirement = missingOwnerClaim(one, Object.keys(requiredClaims))
    if (requirement === undefined) return []
    return [
      errorFinding('condition_required', {
        message: `Every customer of ${requirement.provider} gets tokens of this issuer.`,
        fix: `Require one of these claims, which name the owner: ${requirement.ownerClaims.join(', ')}.`,
        field: 'requiredClaims',
      }),
    ]
  })
}

/** Whether two issuers are the same for a person: our own must not be registered in another spelling either. */
export function isSameIssuer(one: string, other: string): boolean {
  const normal = (issuer: string): string => (URL.canParse(issuer) ? new URL(issuer).href.replace(/\/+$/, '') : issuer)
  return normal(one) === normal(other)
}
