import { ok, refused, type Result } from '@cambio/store'

import { type IdentityProviderDirectory, resolveIdentityProvider } from '../../identity-providers/identity-provider-directory.js'
import { type Refusal, refuseField } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { mayUseIdentityProvider } from '../application.js'
import { type ApplicationStore, clientIdBound } from '../application.store.js'
import { type BindingAnswer, bindingAnswer, type BindingDraft, createBinding, isBoundHere } from './binding.js'

/** Most bindings of one application: it has to fit into one message. */
const maxBindings = 200

/** Binds a client id of an identity provider to an application: from then on its tokens stand for the application. */
export class BindClient {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory
  readonly #now: () => Date

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory, now: () => Date) {
    this.#applications = applications
    this.#identityProviders = identityProviders
    this.#now = now
  }

  /** Refuses with `identity_provider_unknown`, `client_id_bound`, `invalid_content`, `not_found` or `unavailable`. */
  async execute(ref: ApplicationRef, draft: BindingDraft): Promise<Result<BindingAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const idp = await resolveIdentityProvider(this.#identityProviders, ref.org.id, draft.identityProvider, '/identityProvider')
    if (!idp.ok) return idp
    const binding = createBinding(idp.value.id, draft.environment, draft.clientId, this.#now())
    const bound = await this.#applications.edit(ref.org.id, application.value.id, 'any', ({ value }) => {
      if (!mayUseIdentityProvider(value, idp.value.id))
        return refuseField('/identityProvider', 'is not among those that this application may use')
      if (isBoundHere(value, binding)) return refused(clientIdBound('This application has bound this client id already.'))
      if (value.bindings.length >= maxBindings) return refuseField('', `an application has at most ${maxBindings} bindings`)
      return ok({ ...value, bindings: [...value.bindings, binding] })
    })
    return bound.ok ? ok(bindingAnswer(binding, bound.value.rev)) : bound
  }
}
