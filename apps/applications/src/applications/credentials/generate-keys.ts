import { type Environment } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type SecretMaker } from '../../client-secrets/secret-maker.js'
import { type IdentityProviderDirectory } from '../../identity-providers/identity-provider-directory.js'
import { type Refusal, refuse } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { keysAnswer } from './credential.answer.js'
import { type KeysDraft, type NewKeysAnswer } from './credential.schema.js'
import { createCredential, settingsOf, usesSecret } from './credential.js'
import { resolveActors } from './resolve-actors.js'

/** "Generate Credentials": the consumer key and secret of an application in one environment. */
export class GenerateKeys {
  readonly #applications: ApplicationStore
  readonly #identityProviders: IdentityProviderDirectory
  readonly #secrets: SecretMaker

  constructor(applications: ApplicationStore, identityProviders: IdentityProviderDirectory, secrets: SecretMaker) {
    this.#applications = applications
    this.#identityProviders = identityProviders
    this.#secrets = secrets
  }

  /** The secret is in this answer and never again. Refuses with `keys_exist` when the environment has keys. */
  async execute(ref: ApplicationRef, environment: Environment, draft: KeysDraft): Promise<Result<NewKeysAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const actors = await resolveActors(this.#identityProviders, ref.org.id, draft.allowedActors ?? [])
    if (!actors.ok) return actors
    const settings = settingsOf(draft, actors.value)
    if (!settings.ok) return settings
    const now = this.#secrets.now()
    const issued = usesSecret(settings.value.authMethod) ? this.#secrets.issue() : undefined
    const created = createCredential(environment, settings.value, now)
    const credential = issued === undefined ? created : { ...created, secrets: [issued.stored] }
    const written = await this.#applications.edit(ref.org.id, application.value.id, 'any', ({ value }) =>
      value.credentials.some((other) => other.environment === environment)
        ? refuse('keys_exist', `This application has keys for ${environment} already; change them, rotate their secret, or delete them.`)
        : ok({ ...value, credentials: [...value.credentials, credential] }),
    )
    if (!written.ok) return written
    const answer = keysAnswer(credential, written.value.rev, now)
    return ok(issued === undefined ? answer : { ...answer, clientSecret: issued.clientSecret })
  }
}
