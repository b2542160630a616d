import { keySourceOf, newId } from '@cambio/contracts'
import { fitsFeed } from '@cambio/messaging'

import { type Assessment } from '../discovery/assess-registration.js'
import { isError } from '../discovery/finding.js'
import { collectedKeySet, inlineKeySet, type KeySet } from '../key-sets/key-set.js'
import { defaultFreshForSeconds } from '../key-sets/key-set.js'
import { type FilledIn, registration } from './identity-provider.js'
import { type IdentityProviderFailure, type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { type Creation, type Settings } from './identity-provider.fields.js'
import { type RegistrationParts } from './identity-provider.parts.js'
import { issuerKey, nameKey, type StoredIdentityProvider, takenKeyFailure } from './identity-provider.store.js'

/** Registers an identity provider whose documents could be read and whose keys can be used. */
export class CreateIdentityProvider {
  constructor(private readonly parts: RegistrationParts) {}

  async execute(org: string, { name, ...settings }: Creation): Promise<IdentityProviderResult<StoredIdentityProvider>> {
    const early = hasCondition(settings) ? ({ code: 'condition_unsupported' } as const) : await this.#findTaken(org, name, settings.issuer)
    if (early !== undefined) return refuse(early)
    const assessment = await this.parts.assessor.assess(trustSourceOf(settings), { thorough: false })
    const trusted = readAssessment(assessment, settings, this.parts.clock.now())
    if (!trusted.ok) return trusted
    return this.#store(org, registration({ name, enabled: true }, settings, trusted.value.filledIn), trusted.value.keySet)
  }

  /** Known before anything is fetched; the store decides in the end. */
  async #findTaken(org: string, name: string, issuer: string | undefined): Promise<IdentityProviderFailure | undefined> {
    const { providers } = this.parts
    if ((await providers.getByKey(org, nameKey(org, name))) !== undefined) return { code: 'name_exists' }
    if (issuer === undefined || (await providers.getByKey(org, issuerKey(org, issuer))) === undefined) return undefined
    return { code: 'issuer_exists', issuer }
  }

  /**
   * The key set first: without its provider it means nothing, and a crash in between leaves an orphan that the collector
   * removes. The other way round the provider would have no keys.
   */
  async #store(
    org: string,
    value: StoredIdentityProvider['value'],
    keySet: KeySet,
  ): Promise<IdentityProviderResult<StoredIdentityProvider>> {
    const { providers, keySets, announcements } = this.parts
    if (!fitsFeed(value)) return refuse({ code: 'too_large' })
    const id = newId('identityProvider')
    const keys = await keySets.insert(org, id, keySet)
    if (!keys.ok) throw new TypeError('an id of our own making cannot be taken')
    const created = await providers.insert(org, id, value)
    if (!created.ok) {
      await keySets.remove(org, id, keys.value.rev)
      return refuse(takenKeyFailure(org, created.error))
    }
    announcements.keySet(keys.value)
    await announcements.identityProvider(created.value)
    return { ok: true, value: created.value }
  }
}

/** Nothing evaluates a condition yet, so one would protect from nothing: it is refused rather than ignored. */
export const hasCondition = ({ condition }: Pick<Settings, 'condition'>): boolean => condition !== undefined && condition !== ''

/** The members of settings by which a provider is assessed. */
export function trustSourceOf(settings: Settings): Parameters<RegistrationParts['assessor']['assess']>[0] {
  const { type = 'generic', wellKnownUrl, issuer, jwksUri, jwks, confirmHost, allowedAlgorithms, tenants, requiredClaims } = settings
  return { type, wellKnownUrl, issuer, jwksUri, jwks, confirmHost, allowedAlgorithms, tenants, requiredClaims }
}

/** What a registration takes over from its assessment, or the findings for which it is refused. */
export function readAssessment(
  assessment: Assessment,
  settings: Settings,
  now: Date,
): IdentityProviderResult<{ readonly filledIn: FilledIn; readonly keySet: KeySet }> {
  const { issuer, jwksUri, acceptance, findings, freshForSeconds = defaultFreshForSeconds, configuration } = assessment
  if (findings.some(isError)) return refuse({ code: 'findings', findings })
  if (issuer === undefined || acceptance === undefined) throw new TypeError('an assessment without errors has issuer and keys')
  const tokenEndpoint = settings.tokenEndpoint ?? configuration?.tokenEndpoint
  const authorizationEndpoint = settings.authorizationEndpoint ?? configuration?.authorizationEndpoint
  const keySource = keySourceOf(jwksUri === undefined ? { issuer, inlineKeys: acceptance.keys.toJwks().keys } : { issuer, jwksUri })
  const filledIn: FilledIn = {
    issuer,
    keySource,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(authorizationEndpoint === undefined ? {} : { authorizationEndpoint }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    allowedAlgorithms: [...assessment.allowedAlgorithms],
  }
  const keySet =
    jwksUri === undefined
      ? inlineKeySet(acceptance.keys, { keySource, at: now })
      : collectedKeySet(acceptance.keys, { keySource, freshForSeconds, at: now })
  return { ok: true, value: { filledIn, keySet } }
}
