import { type IfMatch } from '@cambio/service-kit'
import { ok, type Result } from '@cambio/store'

import { withNewSecret } from '../client-secrets/live-secrets.js'
import { type NewSecretAnswer, newSecretAnswer, type SecretDraft } from '../client-secrets/secret.answer.js'
import { type SecretMaker } from '../client-secrets/secret-maker.js'
import { type Refusal } from '../refusals/refusal.js'
import { withoutClientSecret } from './admin-client.js'
import { type AdminClientStore } from './admin-client.store.js'

/** The secrets of an admin client: at most two live at once, for a rotation with overlap. */
export class RotateClientSecret {
  readonly #clients: AdminClientStore
  readonly #secrets: SecretMaker

  constructor(clients: AdminClientStore, secrets: SecretMaker) {
    this.#clients = clients
    this.#secrets = secrets
  }

  /** The secret is in this answer and never again. Refuses with `too_many_secrets`. */
  async add(org: string, id: string, { expiresInSeconds }: SecretDraft): Promise<Result<NewSecretAnswer, Refusal>> {
    const { stored, clientSecret } = this.#secrets.issue()
    const written = await this.#clients.edit(org, id, 'any', ({ value }) => {
      const secrets = withNewSecret(value.secrets, stored, this.#secrets.now(), expiresInSeconds)
      return secrets.ok ? ok({ ...value, secrets: secrets.value }) : secrets
    })
    return written.ok ? ok(newSecretAnswer(stored, clientSecret)) : written
  }

  /** Ends one at once. Refuses with `last_secret`. */
  async end(org: string, id: string, secret: string, ifMatch: IfMatch): Promise<Result<null, Refusal>> {
    const written = await this.#clients.edit(org, id, ifMatch, ({ value }) => withoutClientSecret(value, secret, this.#secrets.now()))
    return written.ok ? ok(null) : written
  }
}
