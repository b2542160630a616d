import { newId, PLATFORM } from '@cambio/contracts'
import { makeClientSecret } from '@cambio/oauth'
import { ok } from '@cambio/store'

import { type AdminClient, createAdminClient } from '../admin-clients/admin-client.js'
import { adminClientKey, type AdminClientStore, withRole } from '../admin-clients/admin-client.store.js'
import { type SecretMaker } from '../client-secrets/secret-maker.js'
import { type OrganizationStore } from '../organizations/organization.store.js'
import { type AdminFile } from './admin-file.js'

/** The organization that the first start creates. */
export const DEFAULT_ORGANIZATION = 'default'

/** The client id of the platform administrator that the first start creates. */
export const FIRST_ADMIN = 'cambio-admin'

export interface FirstStartParts {
  readonly organizations: OrganizationStore
  readonly clients: AdminClientStore
  readonly secrets: SecretMaker
  readonly file: AdminFile
  /** `CAMBIO_ADMIN_CLIENT_SECRET`; absent: a generated one. */
  readonly chosenSecret: string | undefined
}

/**
 * Makes what nobody could make otherwise: the organization `default` and the first platform administrator. It runs at
 * every start, changes nothing that is there, and may be interrupted anywhere: the secret is in the file before anything
 * accepts it, so an accepted secret is never lost. Source: docs/api.md, Authorization.
 */
export class FirstStart {
  readonly #parts: FirstStartParts

  constructor(parts: FirstStartParts) {
    this.#parts = parts
  }

  async execute(): Promise<void> {
    await this.#defaultOrganization()
    const { clients, chosenSecret } = this.#parts
    const present = await clients.getByKey(PLATFORM, adminClientKey(FIRST_ADMIN))
    if (present.ok) {
      if (chosenSecret !== undefined) await this.#takeChosen(present.value.id, present.value.value, chosenSecret)
      return
    }
    // Whoever removed it on purpose has made another one before.
    for await (const _other of clients.withLookup(PLATFORM, withRole('platform'))) return
    await this.#firstAdmin()
  }

  async #defaultOrganization(): Promise<void> {
    const { organizations } = this.#parts
    const inserted = await organizations.insert(PLATFORM, newId('organization'), { handle: DEFAULT_ORGANIZATION, name: 'Default' })
    if (!inserted.ok && inserted.error.code !== 'handle_exists') throw new Error(`the organization default: ${inserted.error.code}`)
  }

  async #firstAdmin(): Promise<void> {
    const { clients, secrets, file, chosenSecret } = this.#parts
    const clientSecret = await this.#secretInFile(chosenSecret)
    const client = createAdminClient({ name: 'Platform administrator', role: 'platform' }, secrets.adopt(clientSecret).stored, FIRST_ADMIN)
    if (!client.ok) throw new TypeError('the first administrator is refused')
    const inserted = await clients.insert(PLATFORM, newId('adminClient'), client.value)
    if (inserted.ok) return
    // Another replica was faster. With another data directory its secret is another one, and ours opens nothing.
    const winner = await clients.getByKey(PLATFORM, adminClientKey(FIRST_ADMIN))
    if (winner.ok && !secrets.matches(clientSecret, winner.value.value.secrets)) await file.remove()
  }

  async #secretInFile(chosenSecret: string | undefined): Promise<string> {
    const { file } = this.#parts
    if (chosenSecret === undefined) {
      const { clientSecret } = await file.create({ clientId: FIRST_ADMIN, clientSecret: makeClientSecret() })
      return clientSecret
    }
    await file.replace({ clientId: FIRST_ADMIN, clientSecret: chosenSecret })
    return chosenSecret
  }

  /** The operator's secret always works; one that was changed takes the place of all others. */
  async #takeChosen(id: string, present: AdminClient, chosenSecret: string): Promise<void> {
    const { clients, secrets, file } = this.#parts
    const credential = { clientId: FIRST_ADMIN, clientSecret: chosenSecret }
    const kept = await file.read().catch(() => undefined)
    if (kept?.clientSecret !== chosenSecret) await file.replace(credential)
    if (secrets.matches(chosenSecret, present.secrets)) return
    const { stored } = secrets.adopt(chosenSecret)
    const written = await clients.edit(PLATFORM, id, 'any', ({ value }) => ok({ ...value, secrets: [stored] }))
    if (!written.ok) throw new Error(`the secret of ${FIRST_ADMIN}: ${written.error.code}`)
  }
}
