import { type Environment } from '@cambio/contracts'
import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { type IdentityProviderDirectory } from '../../identity-providers/identity-provider-directory.js'
import { type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { keysAnswer } from './credential.answer.js'
import { type KeysAnswer, type KeysPatch } from './credential.schema.js'
import { changeCredential, patchedSettings } from './credential.js'
import { findCredential, withCredential } from './find-credential.js'
import { resolveActors } from './resolve-actors.js'

/** Changes what a client may do: its grant types, lifetime, method of authentication, scopes, actors. */
export class PatchKeys {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory
  readonly #now: () => Date

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory, now: () => Date) {
    this.#applications = applications
    this.#identityProviders = identityProviders
    this.#now = now
  }

  async execute(ref: ApplicationRef, environment: Environment, ifMatch: IfMatch, patch: KeysPatch): Promise<Result<KeysAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const actors = await resolveActors(this.#identityProviders, ref.org.id, patch.allowedActors ?? [])
    if (!actors.ok) return actors
    const allowedActors = patch.allowedActors === undefined ? undefined : actors.value
    const now = this.#now()
    const changed = await this.#applications.edit(ref.org.id, application.value.id, ifMatch, ({ value }) => {
      const present = findCredential(value, environment)
      if (!present.ok) return present
      const settings = patchedSettings(present.value, patch, allowedActors)
      return settings.ok ? ok(withCredential(value, changeCredential(present.value, settings.value, now))) : settings
    })
    if (!changed.ok) return changed
    const credential = findCredential(changed.value.value, environment)
    return credential.ok ? ok(keysAnswer(credential.value, changed.value.rev, now)) : credential
  }
}
