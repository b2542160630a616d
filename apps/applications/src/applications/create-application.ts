import { newId } from '@cambio/contracts'
import { type OrganizationRef } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type IdentityProviderDirectory, resolveIdentityProviders } from '../identity-providers/identity-provider-directory.js'
import { refuse, type Refusal } from '../refusals/refusal.js'
import { type ApplicationReach } from './application-access.js'
import { applicationAnswer } from './application.answer.js'
import { createApplication } from './application.js'
import { type ApplicationAnswer, type ApplicationDraft } from './application.schema.js'
import { type ApplicationStore } from './application.store.js'

/** Creates an application. */
export class CreateApplication {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory) {
    this.#applications = applications
    this.#identityProviders = identityProviders
  }

  /** Refuses with `insufficient_scope`, `name_exists`, `identity_provider_unknown` or `unavailable`. */
  async execute(
    org: OrganizationRef,
    reach: ApplicationReach,
    { name, description, identityProviders }: ApplicationDraft,
  ): Promise<Result<ApplicationAnswer, Refusal>> {
    if (reach !== undefined) return refuse('insufficient_scope', 'A developer works on the applications that it was given.')
    const ids = await resolveIdentityProviders(
      this.#identityProviders,
      org.id,
      identityProviders ?? [],
      (index) => `/identityProviders/${index}`,
    )
    if (!ids.ok) return ids
    const application = createApplication({
      name,
      ...(description === undefined ? {} : { description }),
      ...(identityProviders === undefined ? {} : { identityProviders: [...new Set(ids.value)] }),
    })
    const inserted = await this.#applications.insert(org.id, newId('application'), application)
    return inserted.ok ? ok(applicationAnswer(inserted.value)) : inserted
  }
}
