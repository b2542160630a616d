import {
  type KeySetAcceptance,
  type ProviderType,
  type SignatureAlgorithm,
  type VerificationKeys,
  withBothNames,
} from '@cambio/token-trust'

import { errorFinding, type Finding, warning } from './finding.js'

/** Hosts on which a product is known to publish its keys beside its issuer's. */
const declaredKeyHosts: Partial<Record<ProviderType, readonly string[]>> = { google: ['www.googleapis.com'] }

export interface KeyAddress {
  readonly type: ProviderType
  readonly jwksUri: string
  readonly issuer: string
  readonly wellKnownUrl?: string | undefined
  readonly confirmHost?: string | undefined
}

/** Keys on another host than the issuer's belong to whoever runs that host: the administrator has to name it. */
export function judgeKeyHost({ type, jwksUri, issuer, wellKnownUrl, confirmHost }: KeyAddress): readonly Finding[] {
  const host = hostOf(jwksUri)
  const known = [hostOf(issuer), hostOf(wellKnownUrl), confirmHost, ...(declaredKeyHosts[type] ?? [])]
  if (host !== undefined && known.includes(host)) return []
  return [
    errorFinding('jwks_host_unconfirmed', {
      message: `The keys lie on ${host ?? 'no host'}, the issuer is ${issuer}.`,
      fix: host === undefined ? 'Give the address of the keys as jwksUri.' : `If that is meant, set confirmHost to ${host}.`,
      field: 'jwksUri',
    }),
  ]
}

const hostOf = (url: string | undefined): string | undefined =>
  url === undefined || !URL.canParse(url) ? undefined : new URL(url).hostname

/** What the members of a key set give to say. */
export function judgeKeySet(acceptance: KeySetAcceptance, field: 'jwksUri' | 'jwks'): readonly Finding[] {
  if (acceptance.verdict !== 'usable') return [unusable(acceptance, field)]
  const findings: Finding[] = []
  if (acceptance.dropped.length > 0) {
    findings.push(
      warning('keys_dropped', {
        message: `${acceptance.dropped.length} members of the key set are not used.`,
        field,
        keys: acceptance.dropped,
      }),
    )
  }
  const keys = acceptance.keys.keys
  if (keys.length > 1 && keys.some(({ kid }) => kid === undefined)) {
    findings.push(
      warning('keys_without_kid', { message: 'Several keys, and not every one has a kid: tokens without kid are rejected.', field }),
    )
  }
  if (keys.some(({ jwk }) => jwk.alg === undefined)) {
    findings.push({
      severity: 'info',
      code: 'keys_without_alg',
      message: 'Not every key states its algorithm; it is taken for every allowed algorithm of its type.',
      field,
    })
  }
  return findings
}

function unusable({ verdict, dropped }: KeySetAcceptance, field: 'jwksUri' | 'jwks'): Finding {
  const messages = {
    not_a_key_set: 'The document is no key set.',
    too_many_keys: 'The key set has more than 100 members.',
    no_usable_key: dropped.length === 0 ? 'The key set is empty.' : 'No member of the key set can be used.',
  } as const
  return errorFinding('no_usable_keys', {
    message: messages[verdict as keyof typeof messages],
    fix: 'The provider has to publish a public signing key: RSA of at least 2048 bit, EC P-256, P-384 or P-521, or Ed25519.',
    field,
    keys: dropped,
  })
}

/** An allowed algorithm that no key serves lets no token through; that is worth saying only if it holds for all of them. */
export function judgeAlgorithms(allowedAlgorithms: readonly SignatureAlgorithm[], keys: VerificationKeys): readonly Finding[] {
  const allowed = withBothNames(allowedAlgorithms)
  if (keys.keys.length === 0 || keys.keys.some(({ algorithms }) => [...algorithms].some((name) => allowed.has(name)))) return []
  return [
    warning('algorithm_without_key', {
      message: `No key serves one of the allowed algorithms (${allowedAlgorithms.join(', ')}).`,
      fix: 'Set allowedAlgorithms to those that the provider signs with.',
      field: 'allowedAlgorithms',
    }),
  ]
}
