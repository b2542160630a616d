import { ok, type Result } from '@cambio/store'

import { type ListRequest } from '../aggregates/aggregate-store.js'
import { type AnswerPage, answerPage } from '../aggregates/resource-answer.js'
import { type Refusal } from '../refusals/refusal.js'
import { adminClientAnswer } from './admin-client.answer.js'
import { type AdminClientAnswer } from './admin-client.schema.js'
import { type AdminClientStore } from './admin-client.store.js'

/** The admin clients of an organization or of the platform, without their secrets. */
export class ReadAdminClients {
  readonly #clients: AdminClientStore
  readonly #now: () => Date

  constructor(clients: AdminClientStore, now: () => Date) {
    this.#clients = clients
    this.#now = now
  }

  async list(org: string, request: ListRequest): Promise<Result<AnswerPage<AdminClientAnswer>, Refusal>> {
    const page = await this.#clients.list(org, request)
    return page.ok ? ok(answerPage(page.value, (client) => adminClientAnswer(client, this.#now()))) : page
  }

  async one(org: string, id: string): Promise<Result<AdminClientAnswer, Refusal>> {
    const client = await this.#clients.get(org, id)
    return client.ok ? ok(adminClientAnswer(client.value, this.#now())) : client
  }
}
