import { type AddressPolicy, type SafeFetcher } from '@cambio/safe-fetch'
import { type KeySetAcceptance, type SignatureAlgorithm } from '@cambio/token-trust'

import { fetchKeySet } from '../key-sets/key-set-fetch.js'
import { type DiscoveryDocument, readDiscoveryDocument } from './discovery-document.js'
import { namedAddressFinding, typedAddressFinding } from './fetch-findings.js'
import { errorFinding, type Finding, type FindingField, warning } from './finding.js'

/** Cap of a discovery document. */
const maxBytes = 128 * 1024

export type DocumentReading =
  { readonly ok: true; readonly document: DiscoveryDocument } | { readonly ok: false; readonly finding: Finding }

/** Keys from an address: `acceptance` is absent if nothing came that could be judged. */
export interface KeysReading {
  readonly acceptance?: KeySetAcceptance
  /** The key set as it came, to describe also what is not used. */
  readonly document?: unknown
  readonly freshForSeconds?: number
  /** Why nothing came. */
  readonly finding?: Finding
}

/** Fetches what a provider publishes about itself; stores nothing. */
export class ProviderDocuments {
  constructor(
    private readonly fetcher: SafeFetcher,
    private readonly policy: AddressPolicy,
  ) {}

  /** Fetches and reads the discovery document of an address that an administrator typed. */
  async readDocument(wellKnownUrl: string): Promise<DocumentReading> {
    const address = this.policy.checkDiscoveryUrl(wellKnownUrl)
    if (!address.ok) return { ok: false, finding: typedAddressFinding(address.failure, 'wellKnownUrl') }
    const fetched = await this.fetcher.getJson(wellKnownUrl, { maxBytes })
    if (!fetched.ok) return { ok: false, finding: typedAddressFinding(fetched.failure, 'wellKnownUrl') }
    const document = readDiscoveryDocument(fetched.value.document)
    if (document !== undefined) return { ok: true, document }
    return {
      ok: false,
      finding: errorFinding('not_metadata', {
        message: 'The document names neither an issuer nor the address of keys.',
        fix: 'Give the address of the discovery document.',
        field: 'wellKnownUrl',
      }),
    }
  }

  /** What is wrong with the text of an address of keys that an administrator typed. */
  judgeTypedAddress(jwksUri: string): Finding | undefined {
    const address = this.policy.checkUrl(jwksUri)
    return address.ok ? undefined : typedAddressFinding(address.failure, 'jwksUri')
  }

  /** @param typed whether an administrator typed the address, or a document named it */
  async readKeys(jwksUri: string, { typed }: { typed: boolean }): Promise<KeysReading> {
    const fetched = await fetchKeySet(this.fetcher, jwksUri)
    if (fetched.ok) return { acceptance: fetched.acceptance, document: fetched.document, freshForSeconds: fetched.freshForSeconds }
    return { finding: (typed ? typedAddressFinding : namedAddressFinding)(fetched.failure, 'jwksUri') }
  }

  /** Whether an address may be shown to clients as an endpoint: https, or http where the operator opened the host. */
  isUsableEndpoint(url: string): boolean {
    return /^https:\/\//i.test(url) || this.policy.checkUrl(url).ok
  }
}

/** Advice on what a document says beyond issuer and keys. */
export function judgeDocument(document: DiscoveryDocument): readonly Finding[] {
  const findings: Finding[] = []
  if (document.ignoredAlgorithms.length > 0) {
    findings.push(
      warning('algorithms_ignored', {
        message: `The provider advertises algorithms that are never used: ${document.ignoredAlgorithms.join(', ')}.`,
        field: 'allowedAlgorithms',
      }),
    )
  }
  for (const member of document.ignoredMembers) {
    const field: FindingField = member === 'token_endpoint' ? 'tokenEndpoint' : 'authorizationEndpoint'
    findings.push(warning('endpoint_ignored', { message: `The document's ${member} is no address.`, field }))
  }
  return findings
}

/** The endpoint fields as a document gives them, with the algorithms that may be used. */
export interface DiscoveredConfiguration {
  readonly issuer?: string
  readonly tokenEndpoint?: string
  readonly authorizationEndpoint?: string
  readonly jwksUri?: string
  readonly algorithms: readonly SignatureAlgorithm[]
}

/** The fields of a document that may be filled in; endpoints that clients could not use safely are left out. */
export function configurationOf(document: DiscoveryDocument, documents: ProviderDocuments): DiscoveredConfiguration {
  const usable = (url: string | undefined): string | undefined => (url !== undefined && documents.isUsableEndpoint(url) ? url : undefined)
  const tokenEndpoint = usable(document.tokenEndpoint)
  const authorizationEndpoint = usable(document.authorizationEndpoint)
  return {
    ...(document.issuer === undefined ? {} : { issuer: document.issuer }),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(authorizationEndpoint === undefined ? {} : { authorizationEndpoint }),
    ...(document.jwksUri === undefined ? {} : { jwksUri: document.jwksUri }),
    algorithms: document.algorithms,
  }
}
