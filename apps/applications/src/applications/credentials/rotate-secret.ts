import { type Environment } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { withNewSecret } from '../../client-secrets/live-secrets.js'
import { type NewSecretAnswer, newSecretAnswer, type SecretDraft } from '../../client-secrets/secret.answer.js'
import { type SecretMaker } from '../../client-secrets/secret-maker.js'
import { type Refusal, refuse } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { timesOf } from '../application.js'
import { type ApplicationStore } from '../application.store.js'
import { usesSecret } from './credential.js'
import { findCredential, withCredential } from './find-credential.js'

/** Adds a second live secret, so that a client can change over without an interruption. */
export class RotateSecret {
  readonly #applications: ApplicationStore
  readonly #secrets: SecretMaker

  constructor(applications: ApplicationStore, secrets: SecretMaker) {
    this.#applications = applications
    this.#secrets = secrets
  }

  /** The secret is in this answer and never again. Refuses with `too_many_secrets` while two are live. */
  async execute(ref: ApplicationRef, environment: Environment, draft: SecretDraft): Promise<Result<NewSecretAnswer, Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const now = this.#secrets.now()
    const issued = this.#secrets.issue()
    const written = await this.#applications.edit(ref.org.id, application.value.id, 'any', ({ value }) => {
      const credential = findCredential(value, environment)
      if (!credential.ok) return credential
      const { authMethod, createdAt } = credential.value
      if (!usesSecret(authMethod)) return refuse('conflict', `These keys authenticate by ${authMethod} and have no secret.`)
      const secrets = withNewSecret(credential.value.secrets, issued.stored, now, draft.expiresInSeconds)
      return secrets.ok ? ok(withCredential(value, { ...credential.value, secrets: secrets.value, ...timesOf(now, createdAt) })) : secrets
    })
    return written.ok ? ok(newSecretAnswer(issued.stored, issued.clientSecret)) : written
  }
}
