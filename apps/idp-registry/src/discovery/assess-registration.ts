import { type KeySetAcceptance, type ProviderType, providerPresets, type SignatureAlgorithm } from '@cambio/token-trust'

import { judgeJwks } from './inline-keys.js'
import { configurationOf, type DiscoveredConfiguration, judgeDocument, type ProviderDocuments } from './provider-documents.js'
import { errorFinding, type Finding, isError } from './finding.js'
import { isSameIssuer, judgeDiscoveredIssuer, judgeIssuerOwner } from './judge-issuer.js'
import { judgeAlgorithms, judgeKeyHost, judgeKeySet } from './judge-keys.js'

/** What is to be assessed: the members of a registration that say whom to trust, as far as the administrator gave them. */
export interface TrustSource {
  readonly type: ProviderType
  readonly wellKnownUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly jwksUri?: string | undefined
  readonly jwks?: unknown
  readonly confirmHost?: string | undefined
  readonly allowedAlgorithms?: readonly SignatureAlgorithm[] | undefined
  readonly tenants?: readonly string[] | undefined
  readonly requiredClaims?: Readonly<Record<string, unknown>> | undefined
}

export interface AssessmentOptions {
  /** Fetches the keys also if something is wrong already, to tell all at once; else a registration that fails anyway fetches no more. */
  readonly thorough: boolean
}

/** What is known of a provider after its documents were read. */
export interface Assessment {
  /** The discovery document's content; absent if none was read. */
  readonly configuration?: DiscoveredConfiguration
  readonly issuer?: string
  readonly jwksUri?: string
  readonly allowedAlgorithms: readonly SignatureAlgorithm[]
  readonly acceptance?: KeySetAcceptance
  /** The key set as it came. */
  readonly keyDocument?: unknown
  readonly freshForSeconds?: number
  readonly findings: readonly Finding[]
}

/** Reads what a provider publishes, compares it with what was given, and says what is wrong; stores nothing. */
export class RegistrationAssessor {
  /** @param ourIssuer the `iss` of our own tokens, which nobody may register */
  constructor(
    private readonly documents: ProviderDocuments,
    private readonly ourIssuer: string,
  ) {}

  async assess(source: TrustSource, { thorough }: AssessmentOptions): Promise<Assessment> {
    const reserved = this.#judgeReserved(source.issuer)
    if (reserved !== undefined) return { allowedAlgorithms: [], findings: [reserved] }
    const read = source.wellKnownUrl === undefined ? undefined : await this.documents.readDocument(source.wellKnownUrl)
    if (read?.ok === false) return { allowedAlgorithms: [], findings: [read.finding] }
    const configuration = read === undefined ? undefined : configurationOf(read.document, this.documents)
    const issuer = source.issuer ?? configuration?.issuer
    const known = { ...source, issuer, jwksUri: source.jwks === undefined ? (source.jwksUri ?? configuration?.jwksUri) : undefined }
    const typedAddress = source.jwksUri === undefined ? undefined : this.documents.judgeTypedAddress(source.jwksUri)
    const findings = [
      ...(read === undefined ? [] : this.#judgeDocument(source, read.document)),
      ...this.#judgeIssuer(known),
      ...(typedAddress === undefined ? judgeAddress(known) : [typedAddress]),
    ]
    const keys = thorough || !findings.some(isError) ? await this.#readKeys(known, source.jwksUri !== undefined) : { findings: [] }
    const allowedAlgorithms = algorithmsOf(source, configuration)
    const advice = keys.acceptance === undefined ? [] : judgeAlgorithms(allowedAlgorithms, keys.acceptance.keys)
    return {
      ...(configuration === undefined ? {} : { configuration }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(known.jwksUri === undefined ? {} : { jwksUri: known.jwksUri }),
      ...keys,
      allowedAlgorithms,
      findings: [...findings, ...keys.findings, ...advice],
    }
  }

  /** What needs no document: for changes that leave the trusted source as it is. */
  judgeUnchangedSource(source: TrustSource): readonly Finding[] {
    return [...this.#judgeIssuer(source), ...judgeAddress(source)]
  }

  /** Our own issuer is refused before anything is fetched. */
  #judgeReserved(issuer: string | undefined): Finding | undefined {
    if (issuer === undefined || !isSameIssuer(issuer, this.ourIssuer)) return undefined
    return errorFinding('issuer_reserved', {
      message: 'This issuer signs the access tokens of Cambio itself.',
      fix: 'Register the provider whose tokens are to be exchanged.',
      field: 'issuer',
    })
  }

  #judgeDocument(source: TrustSource, document: Parameters<typeof judgeDocument>[0]): readonly Finding[] {
    const { type, wellKnownUrl = '', issuer } = source
    const mismatch = judgeDiscoveredIssuer({ type, wellKnownUrl, documentIssuer: document.issuer, givenIssuer: issuer })
    return [...(mismatch === undefined ? [] : [mismatch]), ...judgeDocument(document)]
  }

  #judgeIssuer({ issuer, tenants = [], requiredClaims = {} }: TrustSource): readonly Finding[] {
    if (issuer === undefined) return []
    const reserved = this.#judgeReserved(issuer)
    return [...(reserved === undefined ? [] : [reserved]), ...judgeIssuerOwner({ issuer, tenants, requiredClaims })]
  }

  async #readKeys(
    { jwks, jwksUri }: TrustSource,
    typed: boolean,
  ): Promise<Pick<Assessment, 'acceptance' | 'keyDocument' | 'freshForSeconds' | 'findings'>> {
    if (jwks !== undefined) return judgeJwks(jwks)
    if (jwksUri === undefined) return { findings: [] }
    const { finding, acceptance, document, freshForSeconds } = await this.documents.readKeys(jwksUri, { typed })
    if (acceptance === undefined) return { findings: finding === undefined ? [] : [finding] }
    return {
      acceptance,
      keyDocument: document,
      ...(freshForSeconds === undefined ? {} : { freshForSeconds }),
      findings: judgeKeySet(acceptance, 'jwksUri'),
    }
  }
}

/** Where the keys come from must be known, and confirmed if it is not where the issuer is. */
function judgeAddress({ type, issuer, jwks, jwksUri, wellKnownUrl, confirmHost }: TrustSource): readonly Finding[] {
  if (jwks !== undefined) return []
  if (jwksUri !== undefined) return issuer === undefined ? [] : judgeKeyHost({ type, jwksUri, issuer, wellKnownUrl, confirmHost })
  return [
    errorFinding('jwks_uri_missing', {
      message: 'The discovery document names no address of keys.',
      fix: 'Give jwksUri, or the keys themselves as jwks.',
      field: 'jwksUri',
    }),
  ]
}

/** What was given, else what the document advertises, else what the type is known for. */
function algorithmsOf(
  { type, allowedAlgorithms }: TrustSource,
  configuration: DiscoveredConfiguration | undefined,
): readonly SignatureAlgorithm[] {
  if (allowedAlgorithms !== undefined) return allowedAlgorithms
  const discovered = configuration?.algorithms ?? []
  return discovered.length > 0 ? discovered : providerPresets[type].allowedAlgorithms
}
