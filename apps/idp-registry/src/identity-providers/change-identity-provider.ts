import { fitsFeed } from '@cambio/messaging'
import { applyMergePatch, type IfMatch, invalidContent, matchesRevision } from '@cambio/service-kit'
import { type StoredDocument } from '@cambio/store'

import { isError } from '../discovery/finding.js'
import { emptyKeySet, type KeySet } from '../key-sets/key-set.js'
import { hasCondition, readAssessment, trustSourceOf } from './create-identity-provider.js'
import { type IdentityProvider, hasOtherTrustSource, registration, settingsOf } from './identity-provider.js'
import { type IdentityProviderResult, refuse } from './identity-provider.errors.js'
import { type Patch, type Settings, settingsSchema } from './identity-provider.fields.js'
import { type RegistrationParts } from './identity-provider.parts.js'
import { findByIdOrName, type StoredIdentityProvider, takenKeyFailure } from './identity-provider.store.js'

type Changed = IdentityProviderResult<StoredIdentityProvider>

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
    const { issuer, jwksUri, allowedAlgorithms } = before.value
    const findings = this.parts.assessor.judgeUnchangedSource({ ...trustSourceOf(settings), issuer })
    if (findings.some(isError)) return refuse({ code: 'findings', findings })
    const next = registration(before.value, settings, {
      issuer,
      ...(settings.tokenEndpoint === undefined ? {} : { tokenEndpoint: settings.tokenEndpoint }),
      ...(settings.authorizationEndpoint === undefined ? {} : { authorizationEndpoint: settings.authorizationEndpoint }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
      allowedAlgorithms: settings.allowedAlgorithms ?? allowedAlgorithms,
    })
    return fitsFeed(next) ? this.#replace(before, next) : refuse({ code: 'too_large' })
  }

  /**
   * New keys must never meet the old issuer, nor old keys the new one. So the key set is emptied first, then the
   * registration changes, then the new keys are written; a crash on the way leaves a provider without keys, which the
   * collector fills.
   */
  async #trustAnother(before: StoredIdentityProvider, settings: Settings): Promise<Changed> {
    const assessed = readAssessment(
      await this.parts.assessor.assess(trustSourceOf(settings), { thorough: false }),
      settings,
      this.parts.clock.now(),
    )
    if (!assessed.ok) return assessed
    const { filledIn, keySet } = assessed.value
    const next = registration(before.value, settings, filledIn)
    if (!fitsFeed(next)) return refuse({ code: 'too_large' })
    const emptied = await this.#emptyKeySet(before, keySet.source)
    if (emptied === undefined) return refuse({ code: 'revision_conflict' })
    const changed = await this.#replace(before, next)
    await this.#fillKeySet(emptied.now, changed.ok ? keySet : emptied.before)
    return changed
  }

  async #emptyKeySet(
    { org, id }: StoredIdentityProvider,
    source: KeySet['source'],
  ): Promise<{ before: KeySet; now: StoredDocument<KeySet> } | undefined> {
    const { keySets } = this.parts
    const stored = await keySets.get(org, id)
    const empty = { ...emptyKeySet(source), attemptedAt: stored?.value.attemptedAt ?? null }
    const written = stored === undefined ? await keySets.insert(org, id, empty) : await keySets.replace(org, id, stored.rev, empty)
    return written.ok ? { before: stored?.value ?? empty, now: written.value } : undefined
  }

  /** Wins over every refresh that began before: what such a one fetches may come from the former address. */
  async #fillKeySet({ org, id, rev }: StoredDocument<KeySet>, keySet: KeySet): Promise<void> {
    const { keySets, announcements } = this.parts
    let expectedRev: number | undefined = rev
    while (expectedRev !== undefined) {
      const written = await keySets.replace(org, id, expectedRev, keySet)
      if (written.ok) {
        announcements.keySet(written.value)
        return
      }
      expectedRev = (await keySets.get(org, id))?.rev
    }
  }

  async #replace({ org, id, rev }: StoredIdentityProvider, next: IdentityProvider): Promise<Changed> {
    const replaced = await this.parts.providers.replace(org, id, rev, next)
    if (!replaced.ok) {
      switch (replaced.error.code) {
        case 'not_found':
          return refuse({ code: 'not_found' })
        case 'rev_conflict':
          return refuse({ code: 'revision_conflict' })
        case 'already_exists':
          return refuse(takenKeyFailure(org, replaced.error))
      }
    }
    await this.parts.announcements.identityProvider(replaced.value)
    return { ok: true, value: replaced.value }
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
