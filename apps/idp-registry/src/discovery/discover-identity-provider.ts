import { type Clock } from '../clock/clock.js'
import { type RegistrationAssessor } from './assess-registration.js'
import { type DiscoveredConfiguration } from './provider-documents.js'
import { type Finding } from './finding.js'
import { judgeSampleToken } from './judge-sample-token.js'
import { type ListedKey, listKeys } from './key-listing.js'
import { type ProviderType } from '@cambio/token-trust'

export interface Discovery {
  readonly configuration: DiscoveredConfiguration
  readonly keys: readonly ListedKey[]
  readonly findings: readonly Finding[]
}

/** The document itself could not be had: the findings say why, one of them is an error. */
export interface NothingDiscovered {
  readonly code: 'findings'
  readonly findings: readonly Finding[]
}

export interface DiscoverRequest {
  readonly wellKnownUrl: string
  readonly type?: ProviderType | undefined
  readonly sampleToken?: string | undefined
}

/** Shows what a registration by this address would be filled in with, and what is wrong with it; stores nothing. */
export class DiscoverIdentityProvider {
  constructor(
    private readonly assessor: RegistrationAssessor,
    private readonly clock: Clock,
  ) {}

  async execute({
    wellKnownUrl,
    type = 'generic',
    sampleToken,
  }: DiscoverRequest): Promise<
    { readonly ok: true; readonly value: Discovery } | { readonly ok: false; readonly failure: NothingDiscovered }
  > {
    const { configuration, acceptance, findings, issuer, allowedAlgorithms } = await this.assessor.assess(
      { type, wellKnownUrl },
      { thorough: true },
    )
    if (configuration === undefined) return { ok: false, failure: { code: 'findings', findings } }
    const sample =
      sampleToken === undefined || issuer === undefined
        ? []
        : [
            await judgeSampleToken(sampleToken, {
              policy: { issuer, type, allowedAlgorithms, maxTokenAgeSeconds: null },
              keys: acceptance?.keys,
              nowSeconds: this.clock.now().getTime() / 1000,
            }),
          ]
    return {
      ok: true,
      value: { configuration, keys: acceptance === undefined ? [] : listKeys(acceptance), findings: [...findings, ...sample] },
    }
  }
}
