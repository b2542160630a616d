import { type IdentityProviderId } from '@cambio/contracts'
import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type IdentityProviderDirectory, resolveIdentityProviders } from '../identity-providers/identity-provider-directory.js'
import { type Refusal } from '../refusals/refusal.js'
import { type ApplicationRef, findApplication } from './application-access.js'
import { applicationAnswer } from './application.answer.js'
import { type Application } from './application.js'
import { type ApplicationAnswer, type ApplicationPatch } from './application.schema.js'
import { type ApplicationStore } from './application.store.js'

/** Changes an application's name, description, or the identity providers that it may use. */
export class PatchApplication {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory) {
    this.#applications = applications
    this.#identityProviders = identityProviders
  }

  async execute(ref: ApplicationRef, ifMatch: IfMatch, patch: ApplicationPatch): Promise<Result<ApplicationAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const names = patch.identityProviders ?? []
    const ids = await resolveIdentityProviders(this.#identityProviders, ref.org.id, names, (index) => `/identityProviders/${index}`)
    if (!ids.ok) return ids
    const changed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) =>
      ok(patched(value, patch, ids.value)),
    )
    return changed.ok ? ok(applicationAnswer(changed.value)) : changed
  }
}

/** Null removes a member (RFC 7396): no description; every identity provider. */
function patched(present: Application, patch: ApplicationPatch, ids: readonly IdentityProviderId[]): Application {
  const { credentials, bindings, subscriptions } = present
  const description = patch.description === undefined ? present.description : (patch.description ?? undefined)
  const identityProviders =
    patch.identityProviders === undefined ? present.identityProviders : patch.identityProviders === null ? undefined : [...new Set(ids)]
  return {
    name: patch.name ?? present.name,
    ...(description === undefined ? {} : { description }),
    ...(identityProviders === undefined ? {} : { identityProviders }),
    credentials,
    bindings,
    subscriptions,
  }
}
