import { type IfMatch } from '@cambio/service-kit'
import { ok, refused, type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'
import { adminClientAnswer } from './admin-client.answer.js'
import { type AdminClientContent, changeAdminClient, isKeptRole } from './admin-client.js'
import { type AdminClientAnswer, type AdminClientPatch } from './admin-client.schema.js'
import { type AdminClientStore } from './admin-client.store.js'
import { type ApplicationNames } from './application-names.js'
import { type KeptRoles } from './kept-roles.js'

/** Changes a client's name, role, or the applications of a developer. */
export class PatchAdminClient {
  readonly #clients: AdminClientStore
  readonly #keptRoles: KeptRoles
  readonly #applications: ApplicationNames
  readonly #now: () => Date

  constructor(clients: AdminClientStore, keptRoles: KeptRoles, applications: ApplicationNames, now: () => Date) {
    this.#clients = clients
    this.#keptRoles = keptRoles
    this.#applications = applications
    this.#now = now
  }

  /** Refuses with `last_owner`, `reference_unknown`, `invalid_content`, `stale_revision` or `not_found`. */
  async execute(org: string, id: string, ifMatch: IfMatch, patch: AdminClientPatch): Promise<Result<AdminClientAnswer, Refusal>> {
    const present = await this.#clients.get(org, id)
    if (!present.ok) return present
    const ids = await this.#applications.resolve(org, patch.applications ?? [])
    if (!ids.ok) return ids
    const change: Partial<AdminClientContent> = {
      ...(patch.name === undefined ? {} : { name: patch.name }),
      ...(patch.role === undefined ? {} : { role: patch.role }),
      ...(patch.applications === undefined ? {} : { applications: ids.value }),
    }
    const write = (): Promise<Result<AdminClientAnswer, Refusal>> => this.#write(org, id, ifMatch, change)
    return patch.role === undefined ? write() : this.#keptRoles.inTurn(org, () => this.#withRole(org, id, patch.role, write))
  }

  /** For a platform administrator, whose role is always the same. */
  async rename(
    org: string,
    id: string,
    ifMatch: IfMatch,
    { name }: { readonly name?: string | undefined },
  ): Promise<Result<AdminClientAnswer, Refusal>> {
    return this.#write(org, id, ifMatch, name === undefined ? {} : { name })
  }

  async #withRole(
    org: string,
    id: string,
    role: AdminClientPatch['role'],
    write: () => Promise<Result<AdminClientAnswer, Refusal>>,
  ): Promise<Result<AdminClientAnswer, Refusal>> {
    const present = await this.#clients.get(org, id)
    if (!present.ok) return present
    const { role: roleNow } = present.value.value
    const error = isKeptRole(roleNow) && role !== roleNow ? await this.#keptRoles.refusalIfLast(org, id, roleNow) : undefined
    return error === undefined ? write() : refused(error)
  }

  async #write(
    org: string,
    id: string,
    ifMatch: IfMatch,
    change: Partial<AdminClientContent>,
  ): Promise<Result<AdminClientAnswer, Refusal>> {
    const changed = await this.#clients.edit(org, id, ifMatch, ({ value }) => changeAdminClient(value, change))
    return changed.ok ? ok(adminClientAnswer(changed.value, this.#now())) : changed
  }
}
