import { newId } from '@cambio/contracts'
import { ok, type Result } from '@cambio/store'

import { type SecretMaker } from '../client-secrets/secret-maker.js'
import { type Refusal } from '../refusals/refusal.js'
import { adminClientAnswer } from './admin-client.answer.js'
import { createAdminClient } from './admin-client.js'
import { type AdminClientDraft, type NewAdminClientAnswer } from './admin-client.schema.js'
import { type AdminClientStore } from './admin-client.store.js'
import { type ApplicationNames } from './application-names.js'

/** Makes a client of the administrators' API. */
export class CreateAdminClient {
  readonly #clients: AdminClientStore
  readonly #secrets: SecretMaker
  readonly #applications: ApplicationNames

  constructor(clients: AdminClientStore, secrets: SecretMaker, applications: ApplicationNames) {
    this.#clients = clients
    this.#secrets = secrets
    this.#applications = applications
  }

  /**
   * The secret is in this answer and never again. Refuses with `reference_unknown` or `invalid_content`.
   *
   * @param org the organization's id, or `platform`
   */
  async execute(
    org: string,
    { name, role, applications }: Omit<AdminClientDraft, 'role'> & { role: AdminClientDraft['role'] | 'platform' },
  ): Promise<Result<NewAdminClientAnswer, Refusal>> {
    const ids = await this.#applications.resolve(org, applications ?? [])
    if (!ids.ok) return ids
    const { stored, clientSecret } = this.#secrets.issue()
    const client = createAdminClient({ name, role, ...(applications === undefined ? {} : { applications: ids.value }) }, stored)
    if (!client.ok) return client
    const inserted = await this.#clients.insert(org, newId('adminClient'), client.value)
    return inserted.ok ? ok({ ...adminClientAnswer(inserted.value, this.#secrets.now()), clientSecret }) : inserted
  }
}
