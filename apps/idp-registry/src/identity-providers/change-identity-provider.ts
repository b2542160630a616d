import { fitsFeed } from '@cambio/messaging'
import { applyMergePatch, type IfMatch, invalidContent, matchesRevision } from '@cambio/service-kit'
import { type StoredDocument } from '@cambio/store'

import { isError } from '../discovery/finding.js'
import { type KeySet } from '../key-sets/key-set.js'
import { hasCondition, readAssessment, trustSourceOf } from './create-identity-provider.js'
import { type IdentityProvider, hasOtherTrustSource, registration, settingsOf } from './identity-provider.js'
import { type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { type Patch, type Settings, settingsSchema } from './identity-provider.fields.js'
import { type RegistrationParts } from './identity-provider.parts.js'
import { findByIdOrName, type StoredIdentityProvider, takenKeyFailure } from './identity-provider.store.js'

type StoredKeySet = StoredDocument<KeySet>

type Changed = IdentityProviderResult<StoredIdentityProvider>

/** Writers of a key set who meet each other again this often have another problem; the collector fills it then. */
const attempts = 5

/** Changes a registration. One that would trust another issuer or other keys is assessed as a new one is (DR-35). */
export class ChangeIdentityProvider {
  constructor(private readonly parts: RegistrationParts) {}

  async execute(org: string, idOrName: string, patch: Patch, ifMatch: IfMatch): Promise<Changed> {
    const before = await findByIdOrName(this.parts.providers, org, idOrName)
    if (before === undefined) return refuse({ code: 'not_found' })
    if (!matchesRevision(ifMatch, before.rev)) return refuse({ code: 'stale_revision' })
    if ('name' in patch) return refuse({ code: 'name_immutable' })
    const settings = settingsSchema.safeParse(patchedSettings(before.value, patch))
    if (!settings.success) return refuse({ code: 'invalid_content', errors: invalidContent(settings.error.issues).errors ?? [] })
    if (hasCondition(settings.data)) return refuse({ code: 'condition_unsupported' })
    return hasOtherTrustSource(before.value, settings.data)
      ? this.#trustAnother(before, settings.data)
      : this.#keepTrust(before, settings.data)
  }

  /** What depends on issuer and keys stays; only the conditions on the issuer are judged again. */
  async #keepTrust(before: StoredIdentityProvider, settings: Settings): Promise<Changed> {
    const { issuer, jwksUri, keySource, allowedAlgorithms } = before.value
    const findings = this.parts.assessor.judgeUnchangedSource({ ...trustSourceOf(settings), issuer })
    if (findings.some(isError)) return refuse({ code: 'findings', findings })
    const next = registration(before.value, settings, {
      issuer,
      keySource,
      ...(settings.tokenEndpoint === undefined ? {} : { tokenEndpoint: settings.tokenEndpoint }),
      ...(settings.authorizationEndpoint === undefined ? {} : { authorizationEndpoint: settings.authorizationEndpoint }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
      allowedAlgorithms: settings.allowedAlgorithms ?? allowedAlgorithms,
    })
    if (!fitsFeed(next)) return refuse({ code: 'too_large' })
    const replaced = await this.#replace(before, next)
    if (replaced.ok) await this.parts.announcements.identityProvider(replaced.value)
    return replaced
  }

  /**
   * Registration and keys both carry the digest of the source, so that new keys never serve the old issuer, nor old keys the
   * new one. The registration decides which of several changes holds; only then are the keys written. A change that is
   * refused has written nothing, and after a crash in between the collector fills the key set.
   */
  async #trustAnother(before: StoredIdentityProvider, settings: Settings): Promise<Changed> {
    const { assessor, clock, keySets, announcements } = this.parts
    const knownKeys = await keySets.get(before.org, before.id)
    const assessment = await assessor.assess(trustSourceOf(settings), { thorough: false })
    const assessed = readAssessment(assessment, settings, clock.now())
    if (!assessed.ok) return assessed
    const next = registration(before.value, settings, assessed.value.filledIn)
    if (!fitsFeed(next)) return refuse({ code: 'too_large' })
    const replaced = await this.#replace(before, next)
    if (!replaced.ok) return replaced
    const filled = await this.#fillKeySet(replaced.value, assessed.value.keySet, knownKeys?.rev)
    if (filled !== undefined) announcements.keySet(filled)
    await announcements.identityProvider(replaced.value)
    return replaced
  }

  /**
   * Writes over what belongs to another source, such as a refresh of the former address, and stops where somebody was
   * faster for this one (a refresh, or a purge that is to stay) and where another change has moved the source on.
   *
   * @param knownRev of the key set before the change began; undefined = there was none
   */
  async #fillKeySet({ org, id }: StoredIdentityProvider, keySet: KeySet, knownRev: number | undefined): Promise<StoredKeySet | undefined> {
    const { keySets, providers } = this.parts
    let expectedRev = knownRev
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const written = await (expectedRev === undefined ? keySets.insert(org, id, keySet) : keySets.replace(org, id, expectedRev, keySet))
      if (written.ok) return written.value
      // In this order: a key set that was written for a later registration is never taken for a former one.
      const found = await keySets.get(org, id)
      const provider = await providers.get(org, id)
      if (found?.value.keySource === keySet.keySource || provider?.value.keySource !== keySet.keySource) return undefined
      expectedRev = found?.rev
    }
    return undefined
  }

  async #replace({ org, id, rev }: StoredIdentityProvider, next: IdentityProvider): Promise<Changed> {
    const replaced = await this.parts.providers.replace(org, id, rev, next)
    if (replaced.ok) return replaced
    switch (replaced.error.code) {
      case 'not_found':
        return refuse({ code: 'not_found' })
      case 'rev_conflict':
        return refuse({ code: 'revision_conflict' })
      case 'already_exists':
        return refuse(takenKeyFailure(org, replaced.error))
    }
  }
}

/** Fields that belong to a discovery address: with another address they are filled in from there unless given. */
const discoveredFields = ['issuer', 'tokenEndpoint', 'authorizationEndpoint', 'jwksUri'] as const

/** The settings after a merge patch, still to be checked. */
function patchedSettings(before: IdentityProvider, patch: Patch): unknown {
  const current: Record<string, unknown> = { ...settingsOf(before) }
  if (typeof patch['wellKnownUrl'] === 'string' && patch['wellKnownUrl'] !== before.wellKnownUrl) {
    for (const field of discoveredFields) Reflect.deleteProperty(current, field)
  }
  const merged = applyMergePatch(current, patch)
  // RFC 7396 has no way to set null, and null is a value of this field: any age.
  return patch['maxTokenAgeSeconds'] === null ? { ...(merged as object), maxTokenAgeSeconds: null } : merged
}
