import { type Clock } from '../clock/clock.js'
import { trustSourceOf } from '../identity-providers/create-identity-provider.js'
import { effectiveClaims, settingsOf } from '../identity-providers/identity-provider.js'
import { type IdentityProviderResult, refuse } from '../identity-providers/identity-provider.errors.js'
import { findByIdOrName, type IdentityProviderStore, type StoredIdentityProvider } from '../identity-providers/identity-provider.store.js'
import { type Assessment, type RegistrationAssessor } from './assess-registration.js'
import { type Finding } from './finding.js'
import { judgeSampleToken } from './judge-sample-token.js'
import { type ListedKey, listKeys } from './key-listing.js'

export interface Check {
  readonly keys: readonly ListedKey[]
  readonly findings: readonly Finding[]
}

/** Compares a stored registration with what its provider publishes now; changes nothing, the stored keys neither. */
export class CheckIdentityProvider {
  constructor(
    private readonly providers: IdentityProviderStore,
    private readonly assessor: RegistrationAssessor,
    private readonly clock: Clock,
  ) {}

  async execute(
    org: string,
    idOrName: string,
    { sampleToken }: { sampleToken?: string | undefined },
  ): Promise<IdentityProviderResult<Check>> {
    const found = await findByIdOrName(this.providers, org, idOrName)
    if (found === undefined) return refuse({ code: 'not_found' })
    const assessment = await this.assessor.assess(trustSourceOf(settingsOf(found.value)), { thorough: true })
    const sample = sampleToken === undefined ? [] : [await this.#judge(sampleToken, found, assessment)]
    const keys = assessment.acceptance === undefined ? [] : listKeys(assessment.acceptance)
    return { ok: true, value: { keys, findings: [...assessment.findings, ...sample] } }
  }

  async #judge(sampleToken: string, { value }: StoredIdentityProvider, { acceptance }: Assessment): Promise<Finding> {
    const { issuer, type, allowedAudiences, allowedAlgorithms, acceptedTokenTypes, requiredClaims, tenants, singleUse } = value
    const { maxTokenAgeSeconds, maxTokenLifetimeSeconds, clockSkewSeconds } = value
    return judgeSampleToken(sampleToken, {
      policy: {
        ...{ issuer, type, allowedAudiences, allowedAlgorithms, acceptedTokenTypes, requiredClaims, tenants, singleUse },
        ...{ maxTokenAgeSeconds, maxTokenLifetimeSeconds, clockSkewSeconds },
        claims: effectiveClaims(value),
      },
      keys: acceptance?.keys,
      nowSeconds: this.clock.now().getTime() / 1000,
    })
  }
}
